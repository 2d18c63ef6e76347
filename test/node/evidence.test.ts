import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  type Block,
  type Evidence,
  Evidence as EvidenceCodec,
  evidenceRoot,
  getStake,
  getSupply,
  type KeyPair,
  keyPairFromUri,
  LIMITS,
  listOffences,
  TOKEN,
  voteEvidence,
} from '../../chain/index.ts';
import { encode } from '../../consensus/interface/index.ts';
import type { StoredBlock } from '../../node/api.ts';
import { handshakeOf } from '../../node/hello.ts';
import type { Node } from '../../node/node.ts';
import type { Channel, Network } from '../../p2p/network.ts';
import { readEvents } from '../support/chain.ts';
import { BLOCK_A, BLOCK_B, doubleSigning, signVote } from '../support/evidence.ts';
import {
  type Cluster,
  testGenesis,
  untilHeight,
  validatorUri,
  withCluster,
  withDirectory,
} from './support/cluster.ts';
import { certify, openSolo, withSolo } from './support/solo.ts';

const validatorKey = (index: number): KeyPair => keyPairFromUri(validatorUri(index), 'ed25519');
const stranger = keyPairFromUri('//Mallory', 'ed25519');
const FAST = { kind: 'auto', emptyMs: 10 } as const;

interface Slash {
  readonly validator: string;
  readonly burned: bigint;
}
const slashes = ({ outcomes }: StoredBlock): Slash[] =>
  readEvents(outcomes.events).flatMap(({ name, data }) =>
    name === 'ValidatorSlashed' ? [data as Slash] : [],
  );

async function blocksOf(node: Node): Promise<StoredBlock[]> {
  const heights = Array.from({ length: node.head().header.height }, (_, index) => index + 1);
  const blocks = await Promise.all(heights.map(height => node.block(height)));
  return blocks.flatMap(block => block ?? []);
}

const nameOf = ({ kind, validator, height, round }: Evidence): string =>
  `${kind} ${height}/${round} ${validator}`;

/** Resolves with the first block of a node, committed from now on, that slashes somebody. */
function untilSlashed(node: Node): Promise<StoredBlock> {
  return new Promise(resolve => {
    const stop = node.onBlock(block => {
      if (slashes(block).length === 0) return;
      stop();
      resolve(block);
    });
  });
}

/** Somebody on the network who is no node, and speaks to all that it is connected with. */
async function withPeer(
  { hub, genesis }: Cluster,
  id: string,
  peers: readonly number[],
  run: (channel: Channel, network: Network) => Promise<void>,
): Promise<void> {
  const network = hub.network(id, { handshake: handshakeOf(genesis, 'test') });
  const channel = network.channel('evidence', {
    maxMessageBytes: 1024,
    maxQueuedBytes: 1024 * 1024,
    onMessage: () => {},
  });
  const connected = new Promise<void>(resolve =>
    network.onPeer(() => {
      if (network.peers().length === peers.length) resolve();
    }),
  );
  await network.start();
  try {
    for (const peer of peers) network.connect(hub.addressOf(`node-${peer}`));
    await connected;
    await run(channel, network);
  } finally {
    await network.stop();
  }
}

const encoded = (evidence: Evidence): Uint8Array => encode(EvidenceCodec, evidence);

describe('a validator that runs twice', () => {
  it('loses stake once for each offence, and all nodes agree on the rest', () =>
    withCluster({ validators: 4, twins: { 4: 3 }, blockMode: FAST }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      const [first] = nodes;
      assert.ok(first);
      const slashed = untilSlashed(first);
      await cluster.start(4);
      await slashed;
      await cluster.stop(4);
      // What it still has coming is in by then; who runs on goes on.
      await untilHeight(first, first.head().header.height + 20);
      const height = first.head().header.height;
      await Promise.all(nodes.map(node => untilHeight(node, height)));
      const [own, ...others] = await Promise.all(nodes.map(blocksOf));
      assert.ok(own);
      for (const blocks of others)
        for (const [index, { hash }] of blocks.entries())
          if (own[index] !== undefined) assert.equal(hash, own[index].hash);

      const evidence = own.flatMap(({ block }) => block.evidence);
      assert.ok(evidence.length > 0);
      assert.equal(new Set(evidence.map(nameOf)).size, evidence.length);
      const twin = validatorKey(3).account;
      assert.ok(evidence.every(({ validator }) => validator === twin));
      const burned = own.flatMap(slashes).reduce((sum, slash) => sum + slash.burned, 0n);
      const left = 100n * TOKEN - burned;
      assert.ok(burned >= 5n * TOKEN && left >= 0n);
      const stake = getStake(first.state(), twin, { kind: 'validator', validator: twin });
      assert.equal(stake?.amount ?? 0n, left);
      assert.equal(getSupply(first.state()).burned, burned);
    }));
});

describe('evidence that peers send', () => {
  it('is included once, however many send it how often, and cannot come again', () =>
    withCluster({ validators: 4, blockMode: FAST }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      const [first, second] = nodes;
      assert.ok(first && second);
      await untilHeight(first, 3);
      const evidence = doubleSigning(validatorKey(2), 'precommit', { height: 2 });
      await withPeer(cluster, 'peer', [0, 1], channel =>
        withPeer(cluster, 'other', [0, 1, 2, 3], async again => {
          const slashed = nodes.map(untilSlashed);
          for (const sender of [channel, again, channel]) sender.broadcast(encoded(evidence));
          const blocks = await Promise.all(slashed);
          for (const block of blocks) assert.equal(block.hash, blocks[0]?.hash);
          again.broadcast(encoded(evidence));
          await untilHeight(first, first.head().header.height + 8);
        }),
      );
      const all = (await blocksOf(first)).flatMap(({ block }) => block.evidence);
      assert.deepEqual(all, [evidence]);
      assert.deepEqual(
        listOffences(first.state(), 10).map(({ height, kind }) => ({ height, kind })),
        [{ height: 2, kind: 'precommit' }],
      );
    }));

  it('that is forged gets nowhere, and its sender is banned', () =>
    withCluster({ validators: 4, blockMode: FAST }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      const [first] = nodes;
      assert.ok(first);
      await untilHeight(first, 3);
      const [victim, accomplice] = [validatorKey(0), validatorKey(1)];
      const at = { height: 2 };
      const honest = signVote(victim, 'prevote', BLOCK_A, at);
      const forgeries: readonly Evidence[] = [
        { ...doubleSigning(accomplice, 'prevote', at), validator: victim.account },
        voteEvidence(honest, signVote(victim, 'prevote', BLOCK_B, { height: 2, round: 1 })),
        voteEvidence(honest, signVote(victim, 'precommit', BLOCK_B, at)),
        voteEvidence(honest, signVote(victim, 'prevote', BLOCK_B, { height: 2, chainId: 'elsewhere' })),
        doubleSigning(stranger, 'prevote', at),
        { ...doubleSigning(victim, 'prevote', at), second: honest } as Evidence,
      ];
      for (const [index, forged] of forgeries.entries())
        await withPeer(cluster, `liar-${index}`, [0, 1, 2, 3], async (channel, network) => {
          const gone = new Promise<void>(resolve =>
            network.onPeer(() => {
              if (network.peers().length === 0) resolve();
            }),
          );
          // Of other rounds too, and thrice: a peer gets points back in time, and two cost exactly all of them.
          for (const round of [forged.round, 7, 8]) channel.broadcast(encoded({ ...forged, round }));
          await gone;
        });
      await untilHeight(first, first.head().header.height + 8);
      for (const node of nodes) {
        const blocks = await blocksOf(node);
        assert.deepEqual(
          blocks.flatMap(({ block }) => block.evidence),
          [],
        );
        assert.ok(node.peers().length >= 3);
      }
    }));
});

describe('the evidence pool', () => {
  const own = validatorKey(0);
  const at = (height: number, round = 0): Evidence => doubleSigning(own, 'prevote', { height, round });

  it('keeps what waits over a restart, until it is in a block', () =>
    withDirectory(async directory => {
      const solo = await openSolo(directory);
      await solo.advance();
      assert.equal(await solo.evidence.add(at(1)), 'added');
      await solo.store.close();
      const again = await openSolo(directory);
      await again.evidence.restore();
      assert.deepEqual(again.evidence.waiting(), [at(1)]);
      assert.deepEqual((await again.advance()).evidence, [at(1)]);
      assert.equal(again.evidence.size, 0);
      assert.equal(await again.evidence.add(at(1)), 'REPEATED');
      assert.deepEqual((await again.advance()).evidence, []);
      await again.store.close();
      const last = await openSolo(directory);
      assert.deepEqual(await last.store.evidence.load(), []);
      await last.store.close();
    }));

  it('takes up evidence of the heights that are next, for the block after them', () =>
    withSolo(async ({ evidence, advance }) => {
      assert.equal(await evidence.add(at(1)), 'added');
      assert.equal(await evidence.add(at(2)), 'added');
      assert.equal(await evidence.add(at(3)), 'FUTURE');
      assert.equal(await evidence.add(doubleSigning(stranger, 'prevote', { height: 2 })), 'NOT_A_VALIDATOR');
      assert.deepEqual((await advance()).evidence, []);
      assert.deepEqual((await advance()).evidence, [at(1)]);
      assert.deepEqual((await advance()).evidence, [at(2)]);
    }));

  it('verifies each offence once, and tells of it once', () =>
    withSolo(async ({ evidence, store }) => {
      const told: Evidence[] = [];
      evidence.onAdded(found => told.push(found));
      const taken = await Promise.all([evidence.add(at(1)), evidence.add(at(1))]);
      assert.deepEqual(taken, ['added', 'known']);
      assert.equal(await evidence.add(at(1)), 'known');
      assert.equal(await evidence.add({ ...at(1), round: 1 }), 'BAD_SIGNATURE');
      assert.deepEqual(told, [at(1)]);
      assert.deepEqual(evidence.waiting(), [at(1)]);
      assert.deepEqual(await store.evidence.load(), [at(1)]);
    }));

  it('has room for a few offences of one validator, and fills blocks no further than they go', () =>
    withSolo(async ({ evidence, advance }) => {
      await advance();
      let added = 0;
      for (let round = 0; (await evidence.add(at(1, round))) === 'added'; round++) added++;
      assert.equal(added, 32);
      assert.equal(await evidence.add(at(1, 99)), 'full');
      const block = await advance();
      assert.equal(block.evidence.length, LIMITS.blockEvidence);
      assert.equal(evidence.size, added - LIMITS.blockEvidence);
    }));

  it('is not asked about a proposed block: every node judges its evidence itself', () =>
    withSolo(maker =>
      withSolo(async other => {
        const first = await maker.advance();
        await other.application.finalizeBlock(first, certify(first));
        await other.application.commit();
        await maker.evidence.add(at(1));
        const good = await maker.propose();
        const judge = async (block: Block): Promise<string> => {
          const verdict = await other.application.processProposal(block);
          return verdict.ok ? 'ok' : verdict.code;
        };
        const bearing = (evidence: readonly Evidence[]): Block => ({
          ...good,
          evidence,
          header: { ...good.header, evidenceRoot: evidenceRoot(evidence) },
        });
        const forged = { ...at(1), round: 5 };
        const swapped = { ...at(1), first: at(1).second, second: at(1).first } as Evidence;
        for (const bad of [[forged], [swapped], [at(1), at(1)], [at(2)], [at(1), at(1, 1), forged]])
          assert.equal(await judge(bearing(bad)), 'BAD_EVIDENCE');
        assert.equal(await judge({ ...good, evidence: [] }), 'WRONG_EVIDENCE_ROOT');
        assert.equal(await judge(bearing([])), 'WRONG_STATE_ROOT');
        assert.equal(await judge(good), 'ok');
      }),
    ));

  it('forgets what nobody included in time', () =>
    withDirectory(async directory => {
      const genesis = testGenesis({ epochLength: 3 });
      const proposer = await openSolo(join(directory, 'proposer'), genesis);
      const follower = await openSolo(join(directory, 'follower'), genesis);
      await follower.evidence.add(at(1));
      // Heights 1 to 3 are epoch 0; the last age that counts is the genesis' unstakeEpochs.
      const expiry = 3 * (genesis.unstakeEpochs + 1) + 1;
      for (let height = 1; height <= expiry; height++) {
        assert.equal(follower.evidence.size, height < expiry ? 1 : 0, `before block ${height}`);
        const block = await proposer.advance();
        await follower.application.finalizeBlock(block, certify(block));
        await follower.application.commit();
        follower.evidence.committed();
      }
      assert.equal(await follower.evidence.add(at(1)), 'EXPIRED');
      await Promise.all([proposer.store.close(), follower.store.close()]);
    }));
});
