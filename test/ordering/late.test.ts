import assert from 'node:assert/strict';
import { Block, type Commit, type Evidence, type KeyPair, voteBytes } from '../../chain/index.ts';
import { encode, type Hex } from '../../consensus/interface/index.ts';
import { committeeOf } from '../../node/ordering/certificate.ts';
import { encodeMessage, type Vote } from '../../node/ordering/messages.ts';
import { PAST_HEIGHTS, PastVotes } from '../../node/ordering/tendermint/past.ts';
import { ROUNDS_AHEAD } from '../../node/ordering/tendermint/state.ts';
import { CHAIN_ID } from './application.ts';
import { createCluster, type TestCluster, testValidators } from './cluster.ts';

const A: Hex = `0x${'0a'.repeat(32)}`;
const B: Hex = `0x${'0b'.repeat(32)}`;

function voteOf(key: KeyPair, height: number, blockHash: Hex | null, more: Partial<Vote> = {}): Vote {
  const body = { kind: 'precommit' as const, height, round: 0, blockHash, ...more };
  const { kind, round } = body;
  const signature = key.sign(voteBytes({ chainId: CHAIN_ID, kind, height, round, blockHash }));
  return { validator: key.account, signature, ...body };
}

/** Resolves when a condition holds; looks again after each turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve));
}

/** A cluster at some height; its tests speak to node 0. */
async function withChain(height: number, run: (cluster: TestCluster) => Promise<void>): Promise<void> {
  const cluster = createCluster();
  try {
    await cluster.start();
    cluster.nodes[0]?.engine.mineUntil(height);
    await cluster.reached(height);
    await run(cluster);
  } finally {
    await cluster.stop();
  }
}

function first(cluster: TestCluster) {
  const [node] = cluster.nodes;
  assert.ok(node);
  const keys = cluster.nodes.map(({ key }) => key);
  const vote = (vote: Vote): void => node.engine.receive('evil', encodeMessage({ kind: 'vote', vote }));
  const penalties = () => node.penalties.filter(({ peer }) => peer === 'evil');
  return { node, keys, vote, penalties };
}

const name = ({ kind, validator, height, round }: Evidence): string =>
  `${kind} ${height}/${round} ${validator}`;

describe('votes of heights that are decided', () => {
  it('prove a double-signing, once, and cost an honest messenger nothing', () =>
    withChain(3, async cluster => {
      const { node, keys, vote, penalties } = first(cluster);
      const key = keys[3];
      assert.ok(key);
      for (const blockHash of [A, B, A, null]) vote(voteOf(key, 1, blockHash, { round: 1 }));
      vote(voteOf(key, 2, A));
      vote(voteOf(key, 2, B));
      await until(() => node.evidence.length >= 2);
      assert.deepEqual(node.evidence.map(name).sort(), [
        `precommit 1/1 ${key.account}`,
        `precommit 2/0 ${key.account}`,
      ]);
      assert.deepEqual(penalties(), []);
    }));

  it('that are forged, or of no validator, cost their sender points and prove nothing', () =>
    withChain(2, async cluster => {
      const { node, keys, vote, penalties } = first(cluster);
      const [, , other, key] = keys;
      assert.ok(key && other);
      vote(voteOf(key, 1, A, { round: 1 }));
      vote({ ...voteOf(other, 1, B, { round: 1 }), validator: key.account });
      await until(() => penalties().length === 1);
      assert.match(penalties()[0]?.reason ?? '', /wrong signature/);
      const { keys: strangers } = testValidators([1, 1, 1, 1, 1, 1]);
      const stranger = strangers.find(({ account }) => keys.every(known => known.account !== account));
      assert.ok(stranger);
      vote(voteOf(stranger, 1, A));
      await until(() => penalties().length === 2);
      assert.match(penalties()[1]?.reason ?? '', /no validator/);
      assert.deepEqual(node.evidence, []);
    }));

  it('in a certificate for another block accuse all who signed both', () =>
    withChain(2, async cluster => {
      const { node, keys, penalties } = first(cluster);
      const decided = node.chain[0];
      assert.ok(decided);
      const { round } = decided.certificate;
      const voters = keys.slice(1);
      const signatures = voters
        .map(key => ({ validator: key.account, signature: voteOf(key, 1, A, { round }).signature }))
        .sort((a, b) => (a.validator < b.validator ? -1 : 1));
      const certificate: Commit = { height: 1, round, blockHash: A, signatures };
      const block = encode(Block, decided.block);
      const signers = new Set(decided.certificate.signatures.map(({ validator }) => validator));
      const guilty = voters.map(({ account }) => account).filter(account => signers.has(account));
      node.engine.receive('evil', encodeMessage({ kind: 'commit', certificate, block }));
      await until(() => node.evidence.length >= guilty.length);
      const accused = node.evidence.map(({ validator }) => validator);
      assert.ok(guilty.length >= 2 && guilty.every(account => accused.includes(account)));
      assert.equal(new Set(accused).size, accused.length);
      assert.deepEqual(penalties(), []);
    }));
});

describe('past votes', () => {
  const { validators, keys } = testValidators([1, 1, 1, 1]);
  const [key] = keys;
  assert.ok(key);
  const close = (past: PastVotes, height: number, late: readonly Vote[] = []) => {
    const committee = committeeOf(CHAIN_ID, height, validators, () => key.account);
    return past.close({ committee, state: { rounds: new Map(), round: 0, accused: new Set() }, late });
  };

  it('take in what came while the height was being committed', () => {
    const past = new PastVotes();
    const found = close(past, 1, [voteOf(key, 1, A), voteOf(key, 1, B), voteOf(key, 1, null)]);
    assert.deepEqual(found.map(name), [`precommit 1/0 ${key.account}`]);
  });

  it('are kept for a few heights and rounds', () => {
    const past = new PastVotes();
    for (let height = 1; height <= PAST_HEIGHTS + 1; height++) close(past, height);
    assert.equal(past.isNew(voteOf(key, 1, A)), false);
    assert.equal(past.isNew(voteOf(key, 2, A)), true);
    assert.equal(past.isNew(voteOf(key, 2, A, { round: ROUNDS_AHEAD })), true);
    assert.equal(past.isNew(voteOf(key, 2, A, { round: ROUNDS_AHEAD + 1 })), false);
    assert.deepEqual(past.takeAll([voteOf(key, 1, A), voteOf(key, 1, B)]), []);
  });

  it('of two kinds or two rounds prove nothing', () => {
    const past = new PastVotes();
    close(past, 1);
    const honest = [
      voteOf(key, 1, A),
      voteOf(key, 1, B, { kind: 'prevote' }),
      voteOf(key, 1, B, { round: 1 }),
    ];
    assert.deepEqual(past.takeAll(honest), []);
  });
});
