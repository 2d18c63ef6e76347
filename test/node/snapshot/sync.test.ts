import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { accountKey, Block, verifyProof } from '../../../chain/index.ts';
import { encode } from '../../../consensus/interface/index.ts';
import { begin } from '../../../node/begin.ts';
import { loadMechanisms } from '../../../node/mechanisms.ts';
import { createRunner } from '../../../node/plugins/runner.ts';
import { SnapshotOffers } from '../../../node/snapshot/messages.ts';
import { MemoryHub } from '../../../p2p/memory.ts';
import type { Network } from '../../../p2p/network.ts';
import { withDirectory } from '../support/cluster.ts';
import { openSolo } from '../support/solo.ts';
import {
  connect,
  crowdedGenesis,
  type JoinerOptions,
  joiner,
  type Manners,
  type Origin,
  origin,
  peer,
  stateRoot,
} from './bed.ts';
import { chunks, isChunkRequest, LIARS, NEWEST } from './liars.ts';

const ACCOUNTS = 3000;
const BLOCKS = 22;
const genesis = crowdedGenesis(ACCOUNTS);

describe('snapshot sync', function () {
  this.timeout(20_000);
  let chain: Origin;
  let hub: MemoryHub;

  /** Runs a test with the origin, and ends everything that it left running. */
  const scene = (
    others: (origin: Origin) => Network[],
    run: (parts: ReturnType<typeof joiner>, directory: string) => Promise<void>,
    options: Partial<JoinerOptions> = {},
  ): Promise<void> =>
    withDirectory(async directory => {
      hub = new MemoryHub();
      chain = await origin(join(directory, 'origin'), genesis, BLOCKS);
      const solo = await openSolo(join(directory, 'joiner'), genesis);
      const parts = joiner(hub, { solo, ...options });
      const networks = others(chain);
      await connect(hub, parts.network, networks);
      try {
        await run(parts, join(directory, 'joiner'));
      } finally {
        const ended = parts.sync.stop();
        await Promise.all([parts.network, ...networks].map(network => network.stop()));
        await ended;
        await parts.solo.store.close();
        await chain.solo.store.close();
      }
    });

  it('takes the state of a recent height, and goes on from there as any node', () =>
    scene(
      chain => [peer(hub, 'a', chain), peer(hub, 'b', chain)],
      async ({ sync, settled, solo, charges, byBlocks }) => {
        sync.behind('a', BLOCKS);
        assert.ok(sync.active());
        await settled();
        const { application, store } = solo;
        const tip = application.tip();
        const { stored, state } = chain.at(NEWEST);
        assert.equal(tip.height, NEWEST);
        assert.equal(tip.state.root, state.root);
        assert.equal(tip.state.root, stored.block.header.stateRoot);
        assert.equal(tip.hash, stored.hash);
        assert.deepEqual([...tip.state.rows()], [...state.rows()]);
        // Proofs, as somebody would ask for them.
        const key = accountKey(genesis.accounts[7]?.account ?? '0x');
        const value = tip.state.get(key) ?? null;
        assert.ok(value !== null && verifyProof(tip.head.header.stateRoot, key, value, tip.state.prove(key)));
        // What it knows and what not.
        assert.deepEqual(store.base(), { height: NEWEST, epoch: tip.epoch, settlementsFrom: tip.epoch + 1 });
        assert.deepEqual(await store.block(NEWEST), stored);
        assert.equal(await store.block(NEWEST - 1), null);
        assert.equal(await store.block(1), null);
        assert.deepEqual(application.validators(NEWEST), chain.solo.application.validators(NEWEST));
        // Blocks above come from block sync, and are executed on top.
        assert.deepEqual(byBlocks, [{ peer: 'a', height: BLOCKS }]);
        for (let height = NEWEST + 1; height <= BLOCKS; height++) {
          const decided = await chain.solo.store.decided(height);
          assert.ok(decided);
          await application.applyDecided([{ ...decided, encoded: encode(Block, decided.block) }]);
        }
        assert.equal(stateRoot(solo), stateRoot(chain.solo));
        assert.deepEqual(charges, []);
      },
    ));

  it('asks several peers at once', () => {
    const asked = new Map<string, number>();
    const counting = (id: string): Manners => ({
      snapshot(request, honest) {
        if (isChunkRequest(request)) asked.set(id, (asked.get(id) ?? 0) + 1);
        return honest();
      },
    });
    return scene(
      chain => ['a', 'b', 'c'].map(id => peer(hub, id, chain, counting(id))),
      async ({ sync, settled, solo }) => {
        sync.behind('a', BLOCKS);
        await settled();
        assert.equal(solo.application.tip().height, NEWEST);
        assert.deepEqual([...asked.keys()].sort(), ['a', 'b', 'c']);
      },
    );
  });

  it('is for those who are far behind only, and never without being wished for', () =>
    scene(
      chain => [peer(hub, 'a', chain)],
      async ({ sync, byBlocks }) => {
        sync.behind('a', 30);
        assert.ok(!sync.active());
        assert.deepEqual(byBlocks, [{ peer: 'a', height: 30 }]);
      },
      { ahead: 30 },
    ).then(() =>
      scene(
        chain => [peer(hub, 'a', chain)],
        async ({ sync, byBlocks }) => {
          sync.behind('a', 1_000_000);
          assert.ok(!sync.active());
          assert.equal(byBlocks.length, 1);
        },
        { ahead: null },
      ),
    ));

  it('goes on by blocks when no peer has a snapshot', () =>
    scene(
      chain => [peer(hub, 'a', chain, { light: async () => encode(SnapshotOffers, []) })],
      async ({ sync, settled, solo, byBlocks, charges }) => {
        sync.behind('a', BLOCKS);
        await settled();
        assert.equal(solo.application.tip().height, 0);
        assert.deepEqual(byBlocks, [{ peer: 'a', height: BLOCKS }]);
        assert.deepEqual(charges, []);
        // Not again at once.
        sync.behind('a', BLOCKS + 1);
        assert.ok(!sync.active());
      },
    ));

  describe('gets by with one honest peer among liars, and names what they did', () => {
    for (const [name, { manners, charge }] of Object.entries(LIARS))
      it(name, () =>
        scene(
          // The liar connects first and twice over, so that it is asked.
          chain => [
            peer(hub, 'liar-1', chain, manners(chain)),
            peer(hub, 'liar-2', chain, manners(chain)),
            peer(hub, 'honest', chain),
          ],
          async ({ sync, settled, solo, charges }) => {
            sync.behind('honest', BLOCKS);
            await settled();
            assert.equal(solo.application.tip().height, NEWEST);
            assert.equal(stateRoot(solo), chain.at(NEWEST).state.root);
            assert.deepEqual(
              charges.filter(({ peer }) => peer === 'honest'),
              [],
            );
            if (charge === null) assert.deepEqual(charges, []);
            else {
              assert.ok(charges.length > 0, 'nobody was charged');
              for (const { reason } of charges) assert.match(reason, charge);
            }
          },
          name.startsWith('nothing') ? { timeoutMs: 500 } : {},
        ),
      );
  });

  it('keeps its state when all peers lie', () =>
    scene(
      chain =>
        ['x', 'y'].map(id =>
          peer(
            hub,
            id,
            chain,
            chunks(chunk => ({ ...chunk, rows: chunk.rows.slice(1) })),
          ),
        ),
      async ({ sync, settled, solo, charges, byBlocks }) => {
        const before = stateRoot(solo);
        sync.behind('x', BLOCKS);
        await settled();
        assert.equal(solo.application.tip().height, 0);
        assert.equal(stateRoot(solo), before);
        assert.deepEqual(new Set(charges.map(({ peer }) => peer)), new Set(['x', 'y']));
        assert.ok(byBlocks.length > 0, 'it should go on by blocks');
      },
    ));

  it('goes to another peer when one vanishes in the middle', () => {
    let left = 3;
    const going = (network: () => Network): Manners => ({
      async snapshot(request, honest) {
        if (isChunkRequest(request) && --left === 0) await network().stop();
        return honest();
      },
    });
    return scene(
      chain => {
        const leaver: Network = peer(
          hub,
          'leaver',
          chain,
          going(() => leaver),
        );
        return [leaver, peer(hub, 'stayer', chain)];
      },
      async ({ sync, settled, solo, charges }) => {
        sync.behind('leaver', BLOCKS);
        await settled();
        assert.equal(stateRoot(solo), chain.at(NEWEST).state.root);
        assert.ok(left <= 0);
        assert.deepEqual(charges, []);
      },
    );
  });

  it('goes on after a stop with what it had', () => {
    let asked = 0;
    let stopAt = 6;
    let stopping = (): void => {};
    const counting: Manners = {
      async snapshot(request, honest) {
        if (isChunkRequest(request) && ++asked === stopAt) stopping();
        return honest();
      },
    };
    return scene(
      chain => [peer(hub, 'a', chain, counting)],
      async (first, directory) => {
        let ended = Promise.resolve();
        stopping = () => {
          ended = first.sync.stop();
        };
        first.sync.behind('a', BLOCKS);
        await first.settled();
        await ended;
        const progress = first.solo.store.staging.progress();
        assert.ok(progress);
        assert.ok(progress.missing.includes(null) && progress.missing.some(hash => hash !== null));
        assert.equal(first.solo.application.tip().height, 0);
        await first.network.stop();
        await first.solo.store.close();

        stopAt = 0;
        const before = asked;
        const whole = progress.missing.filter(hash => hash === null).length;
        const solo = await openSolo(directory, genesis);
        const second = joiner(hub, { id: 'joiner-2', solo });
        await second.network.start();
        const connected = new Promise<void>(resolve => {
          second.network.onPeer(event => event.kind === 'connected' && resolve());
        });
        second.network.connect(hub.addressOf('a'));
        await connected;
        second.sync.behind('a', BLOCKS);
        await second.settled();
        assert.equal(stateRoot(solo), chain.at(NEWEST).state.root);
        assert.equal(asked - before, 16 - whole);
        await second.network.stop();
        await solo.store.close();
      },
    );
  });

  it('leaves the old state or the new one behind, whenever it is killed', () => {
    const copies: string[] = [];
    let copy = async (): Promise<void> => {};
    return scene(
      chain => [
        peer(hub, 'a', chain, {
          async snapshot(_, honest) {
            await copy();
            return honest();
          },
        }),
      ],
      async ({ sync, settled, solo }, directory) => {
        copy = async () => {
          const to = `${directory}-${copies.length}`;
          copies.push(to);
          // What is in the files at this moment is what a killed process leaves.
          await cp(directory, to, { recursive: true, filter: path => !path.endsWith('LOCK') });
        };
        sync.behind('a', BLOCKS);
        await settled();
        assert.equal(solo.application.tip().height, NEWEST);
        assert.ok(copies.length >= 17, `${copies.length} copies`);
        const heights = new Set<number>();
        const mechanisms = createRunner(loadMechanisms(genesis));
        for (const path of copies) {
          // Throws if the state is not the one of its last block.
          const { store, tip } = await begin(path, genesis, mechanisms);
          heights.add(tip.height);
          assert.equal(
            tip.state.root,
            tip.height === 0 ? tip.head.header.stateRoot : chain.at(NEWEST).state.root,
          );
          const rows = await store.stateRows();
          assert.equal(rows.length, tip.state.size);
          await store.close();
        }
        assert.deepEqual(
          [...heights].sort((a, b) => a - b),
          [0, NEWEST],
        );
      },
      { onAdopt: () => copy() },
    );
  });

  it('replaces the blocks that a node had, and what points to them', () =>
    scene(
      chain => [peer(hub, 'a', chain)],
      async ({ sync, settled, solo }, directory) => {
        const { application, store } = solo;
        for (let height = 1; height <= 9; height++) {
          const decided = await chain.solo.store.decided(height);
          assert.ok(decided);
          await application.applyDecided([{ ...decided, encoded: encode(Block, decided.block) }]);
        }
        const early = await store.block(3);
        assert.ok(early);
        sync.behind('a', BLOCKS);
        await settled();
        assert.equal(application.tip().height, NEWEST);
        assert.equal(await store.block(3), null);
        assert.equal(await store.block(early.hash), null);
        assert.equal(store.epoch(0), null);
        assert.equal(store.epoch(1), null);
        assert.equal(store.validatorsAt(3), null);
        assert.equal(await store.light(3), null);
        await store.close();
        // The same after a restart.
        const { store: again, tip } = await begin(directory, genesis, createRunner(loadMechanisms(genesis)));
        assert.equal(tip.height, NEWEST);
        assert.equal(tip.state.root, chain.at(NEWEST).state.root);
        assert.deepEqual(again.base(), store.base());
        assert.equal(await again.block(3), null);
        await again.close();
      },
    ));
});
