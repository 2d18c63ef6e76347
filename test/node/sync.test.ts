import assert from 'node:assert/strict';
import { invariants, TOKEN } from '../../chain/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import { BlocksRequest, BlocksResponse, MAX_BLOCKS } from '../../node/sync/messages.ts';
import { MAX_PER_PEER, WINDOW } from '../../node/sync/plan.ts';
import { answer } from '../../node/sync/serve.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { bob, signed, transfer } from './support/cluster.ts';
import { type LongChain, makeLongChain, validatorKeys } from './support/longChain.ts';
import { sourceOf, withWorld } from './support/syncing.ts';

const upTo = (height: number): number[] => Array.from({ length: height }, (_, index) => index + 1);

describe('block sync', () => {
  const sender = fastSigner('sender');
  let chain: LongChain;

  before(async () => {
    // Stake that moves changes who votes, so that ranges must be cut.
    const stake = {
      target: { kind: 'validator', validator: validatorKeys[1]?.account ?? '0x' },
      amount: TOKEN,
    } as const;
    chain = await makeLongChain({
      length: 600,
      epochLength: 40,
      accounts: [sender],
      transactions(height) {
        const nonce = height - 1;
        if (height % 97 === 0) return [signed(sender, nonce, { kind: 'stake', ...stake })];
        return [signed(sender, nonce, transfer(bob))];
      },
    });
  });

  const isSame = (application: { tip(): { state: { root: string } } }): void =>
    assert.equal(application.tip().state.root, chain.root);

  it('fetches everything from one peer, commits in groups and tells of each block in order', () =>
    withWorld(chain, async world => {
      await world.honest('ahead');
      await world.until(() => world.application.tip().height === 600);
      isSame(world.application);
      assert.deepEqual(invariants(world.application.tip().state), []);
      assert.deepEqual(world.told, upTo(600));
      assert.ok(world.groups.length < 60, `${world.groups.length} batches for 600 blocks`);
      assert.equal(world.catchUps(), 1);
      assert.equal(world.sync.status(), null);
    }));

  it('asks several peers at once, each for at most two ranges, and only within its window', () =>
    withWorld(chain, async world => {
      for (const id of ['first', 'second', 'third']) await world.honest(id, 200);
      await world.until(() => world.application.tip().height === 600);
      isSame(world.application);
      const all = [...world.asked.values()];
      assert.ok(all.every(requests => requests.length > 0));
      const ranges = all.flat().map(({ from }) => from);
      assert.equal(new Set(ranges).size, ranges.length, 'nothing is asked for twice');
      assert.ok(all.flat().every(({ count }) => count <= MAX_BLOCKS));
    }));

  it('does not run ahead of what is executed by more than its window', () =>
    withWorld(chain, async world => {
      // Block 1 does not come, the others do.
      await world.join(
        'without the first',
        () => 600,
        async request => {
          if (request.from === 1) return new Promise<never>(() => undefined);
          return answer(encode(BlocksRequest, request), sourceOf(chain));
        },
      );
      await world.after(5_000);
      const requests = world.asked.get('without the first') ?? [];
      assert.ok(requests.length <= WINDOW);
      assert.ok(requests.filter(({ from }) => from === 1).length <= MAX_PER_PEER);
      assert.equal(world.application.tip().height, 0);
    }));

  it('goes on while the chain grows, and hands over at its head', async () => {
    const growing = await makeLongChain({ length: 200 });
    await withWorld(growing, async world => {
      await world.honest('ahead');
      for (let more = 0; more < 10; more++) {
        await growing.extend(20);
        await world.after(20);
      }
      await world.until(() => world.application.tip().height === 400);
      assert.equal(world.application.tip().state.root, growing.root);
      await world.until(() => world.sync.status() === null);
      // What is decided after the handover comes with the next claim.
      await growing.extend(3);
      await world.until(() => world.application.tip().height === 403);
    });
  });

  it('skips what ordering commits before it stands aside', () =>
    withWorld(chain, async world => {
      world.beforeAside = () => world.application.applyDecided(chain.blocks.slice(0, 2));
      await world.honest('ahead');
      await world.until(() => world.application.tip().height === 600);
      isSame(world.application);
      assert.deepEqual(world.told, upTo(600));
    }));

  it('says how far it is while it runs', () =>
    withWorld(chain, async world => {
      await world.honest('ahead', 300);
      await world.until(() => world.application.tip().height > 0);
      const status = world.sync.status();
      assert.deepEqual(
        { ...status, height: 0, blocksPerSecond: 0 },
        { from: 0, height: 0, to: 600, blocksPerSecond: 0 },
      );
      await world.until(() => world.sync.status() === null);
      assert.equal(world.application.tip().height, 600);
    }));

  it('stops between two groups', () =>
    withWorld(chain, async world => {
      await world.honest('ahead', 300);
      await world.until(() => world.application.tip().height > 0);
      world.sync.stop();
      const { height } = world.application.tip();
      await world.after(2_000);
      assert.ok(world.application.tip().height <= height + MAX_BLOCKS);
      assert.equal(world.sync.status(), null);
    }));

  it('answers with what it has, in the sequence asked for', async () => {
    const ask = async (from: number, count: number) =>
      decode(BlocksResponse, await answer(encode(BlocksRequest, { from, count }), sourceOf(chain)));
    const two = await ask(599, 50);
    assert.deepEqual(
      two.blocks.map(block => Buffer.from(block)),
      chain.blocks.slice(598).map(({ encoded }) => Buffer.from(encoded)),
    );
    assert.equal(two.certificate?.blockHash, chain.blocks[599]?.hash);
    assert.deepEqual(await ask(601, 5), { base: 1, height: 600, blocks: [], certificate: null });
    assert.equal((await ask(1, 60_000)).blocks.length, MAX_BLOCKS);
    await assert.rejects(answer(Uint8Array.of(1, 2, 3), sourceOf(chain)), { name: 'CodecError' });
  });
});
