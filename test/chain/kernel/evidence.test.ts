import assert from 'node:assert/strict';
import {
  admitEvidence,
  BlockError,
  type CheckedEvidence,
  compareOffences,
  Evidence,
  EvidenceError,
  type EvidenceErrorCode,
  evidenceChecks,
  executeBlock,
  getStake,
  getStakeTotal,
  getSupply,
  getValidators,
  LIMITS,
  listOffences,
  OFFENCE_KINDS,
  SCHEMES,
  TOKEN,
  voteEvidence,
} from '../../../chain/index.ts';
import { seats } from '../../../chain/kernel/tables.ts';
import { encode } from '../../../consensus/interface/index.ts';
import { onValidator } from '../../support/calls.ts';
import {
  accountOf,
  createTestChain,
  GENESIS_TIME,
  keyOf,
  readEvents,
  type TestChain,
  VALIDATOR,
} from '../../support/chain.ts';
import { BLOCK_A, BLOCK_B, checked, doubleSigning, signProposal, signVote } from '../../support/evidence.ts';

const twin = keyOf(VALIDATOR);
/** A second validator, so that one can fall without ending the chain. */
const other = keyOf('Other', 'ed25519');
const mallory = keyOf('Mallory', 'ed25519');
const onTwin = onValidator(twin.account);

const start = (): TestChain =>
  createTestChain({
    genesis: {
      validators: [twin, other].map(({ account }) => ({ validator: account, stake: 100n * TOKEN })),
    },
  });

const prevotes = (height: number, round = 0): CheckedEvidence =>
  checked(doubleSigning(twin, 'prevote', { height, round }));

/** The block is refused whole with this code, and a node that asks beforehand hears the same. */
function refused(chain: TestChain, code: EvidenceErrorCode, ...evidence: CheckedEvidence[]): void {
  const height = chain.height + 1;
  const time = GENESIS_TIME + height * 1000;
  const input = { height, time, proposer: accountOf(VALIDATOR), evidence, transactions: [] };
  assert.throws(
    () => executeBlock(chain.state, input, chain.mechanisms),
    error =>
      error instanceof BlockError &&
      error.code === 'BAD_EVIDENCE' &&
      error.cause instanceof EvidenceError &&
      error.cause.code === code,
    code,
  );
  const [only, ...more] = evidence;
  if (only !== undefined && more.length === 0)
    assert.throws(() => admitEvidence(chain.state, only, height), hasCode(code));
}

const hasCode = (code: EvidenceErrorCode) => (error: unknown) =>
  error instanceof EvidenceError && error.code === code;

const slashed = (chain: TestChain, ...evidence: CheckedEvidence[]) =>
  readEvents(chain.block([], evidence).outcomes.events).filter(({ name }) => name === 'ValidatorSlashed');

/** What the event of this one evidence says. */
function burnedBy(chain: TestChain, evidence: CheckedEvidence): bigint {
  const [event] = slashed(chain, evidence);
  assert.ok(event);
  return (event.data as { burned: bigint }).burned;
}

describe('evidence', () => {
  it('of two messages has one encoding, whoever found them in which order', () => {
    const at = { height: 7, round: 3 };
    for (const kind of ['prevote', 'precommit'] as const) {
      const [a, b] = [signVote(twin, kind, BLOCK_A, at), signVote(twin, kind, BLOCK_B, at)];
      const nothing = signVote(twin, kind, null, at);
      assert.deepEqual(voteEvidence(a, b), voteEvidence(b, a));
      assert.equal(voteEvidence(a, nothing).first.blockHash, null);
    }
    assert.deepEqual(doubleSigning(twin, 'proposal', at), doubleSigning(twin, 'proposal', at));
  });

  it('is no longer than its limit', () => {
    const height = Number.MAX_SAFE_INTEGER;
    const round = 0xffff_ffff;
    const side = { blockHash: BLOCK_B, validRound: round, signature: new Uint8Array(LIMITS.signature) };
    const shared = { validator: twin.account, height, round };
    const largest = { kind: 'proposal', ...shared, first: side, second: side } as const;
    assert.ok(encode(Evidence, largest).length <= LIMITS.evidence);
  });

  it('burns a share of the stake on the validator, says so, and lowers its power two heights into the next epoch', () => {
    const chain = start();
    chain.block();
    const before = getSupply(chain.state);
    const events = slashed(chain, prevotes(1));
    const burned = 5n * TOKEN;
    const data = { validator: twin.account, offence: 'prevote', height: 1, round: 0, burned };
    assert.deepEqual(events, [{ name: 'ValidatorSlashed', data }]);
    assert.equal(getStake(chain.state, twin.account, onTwin)?.amount, 95n * TOKEN);
    assert.equal(getStakeTotal(chain.state, onTwin), 95n * TOKEN);
    const after = getSupply(chain.state);
    assert.deepEqual(after, { ...before, total: before.total - burned, burned: before.burned + burned });
    const powerOf = () =>
      getValidators(chain.state, 0).find(({ validator }) => validator === twin.account)?.power;
    chain.nextEpoch();
    assert.equal(powerOf(), 100);
    chain.block();
    assert.equal(powerOf(), 100);
    chain.block();
    assert.equal(powerOf(), 95);
  });

  it('burns what thaws too, after what is bonded', () => {
    const chain = start();
    chain.ok(VALIDATOR, { kind: 'unstake', target: onTwin, amount: 97n * TOKEN });
    slashed(chain, prevotes(1));
    const { amount, thawing } = getStake(chain.state, twin.account, onTwin) ?? assert.fail();
    assert.equal(amount, 0n);
    assert.deepEqual(
      thawing.map(entry => entry.amount),
      [95n * TOKEN],
    );
  });

  it('is reckoned of all stake that votes with the key, and paid by the stake of its owner', () => {
    const chain = start();
    chain.ok('Alice', { kind: 'stake', target: onTwin, amount: 900n * TOKEN });
    slashed(chain, prevotes(1));
    assert.equal(getStake(chain.state, twin.account, onTwin)?.amount, 50n * TOKEN);
    assert.equal(getStake(chain.state, accountOf('Alice'), onTwin)?.amount, 900n * TOKEN);
    assert.equal(getStakeTotal(chain.state, onTwin), 950n * TOKEN);
    slashed(chain, prevotes(1, 1));
    slashed(chain, prevotes(1, 2));
    // 47.5 tokens were due first, then 45.125; 2.5 were left for them.
    assert.equal(getStake(chain.state, twin.account, onTwin), undefined);
    assert.equal(getStakeTotal(chain.state, onTwin), 900n * TOKEN);
  });

  it('takes the seat of who has no stake of its own left, whatever others staked', () => {
    const chain = start();
    chain.ok('Alice', { kind: 'stake', target: onTwin, amount: 900n * TOKEN });
    for (const round of [0, 1, 2]) slashed(chain, prevotes(1, round));
    const [, event] = readEvents(chain.nextEpoch().outcomes.events);
    assert.deepEqual(event?.data, {
      fromHeight: chain.height + 2,
      validators: [{ validator: other.account, power: 100 }],
    });
    assert.equal(burnedBy(chain, prevotes(2, 9)), 0n);
  });

  it('is rounded up, so that shares of shares come to an end', () => {
    const genesis = { slashBps: 9_999, validators: start().genesis.validators };
    const chain = createTestChain({ genesis });
    chain.block();
    const burned = [0, 1, 2, 3].map(round => burnedBy(chain, prevotes(1, round)));
    assert.deepEqual(burned, [99_990_000_000n, 9_999_000n, 1_000n, 0n]);
  });

  it('burns no more than the counter of burned money can hold', () => {
    const chain = start();
    const most = 2n ** 64n - 1n;
    const set = (free: bigint): void => {
      chain.ok(VALIDATOR, { kind: 'dev', operation: { kind: 'setBalance', account: mallory.account, free } });
    };
    set(most - getSupply(chain.state).total);
    set(0n);
    set(most - getSupply(chain.state).burned - 2n * TOKEN);
    set(0n);
    assert.equal(burnedBy(chain, prevotes(1)), 2n * TOKEN);
    assert.equal(getSupply(chain.state).burned, most);
  });

  it('punishes each kind of message for itself, in one block', () => {
    const chain = start();
    chain.block();
    const all = OFFENCE_KINDS.map(kind => checked(doubleSigning(twin, kind, { height: 1 })));
    assert.equal(slashed(chain, ...all).length, 3);
    assert.deepEqual(
      listOffences(chain.state, 10).map(({ kind, height }) => ({ kind, height })),
      OFFENCE_KINDS.map(kind => ({ kind, height: 1 })),
    );
  });
});

describe('a block is refused whole for evidence', () => {
  it('with a signature that is not the validator’s', () => {
    const chain = start();
    chain.block();
    const { evidence } = prevotes(1);
    refused(chain, 'BAD_SIGNATURE', checked({ ...evidence, validator: other.account }));
    refused(
      chain,
      'BAD_SIGNATURE',
      checked(doubleSigning(twin, 'prevote', { height: 1, chainId: 'elsewhere' })),
    );
  });

  it('made of honest messages: of two rounds, two heights, two kinds, two validators', () => {
    const chain = start();
    chain.block();
    chain.block();
    const at = { height: 1 };
    const honest = signVote(twin, 'prevote', BLOCK_A, at);
    for (const second of [
      signVote(twin, 'prevote', BLOCK_B, { height: 1, round: 1 }),
      signVote(twin, 'prevote', BLOCK_B, { height: 2 }),
      signVote(twin, 'precommit', BLOCK_B, at),
      signVote(other, 'prevote', BLOCK_B, at),
    ])
      refused(chain, 'BAD_SIGNATURE', checked(voteEvidence(honest, second)));
    const proposal = signProposal(twin, BLOCK_B, null, at);
    const { blockHash, signature } = proposal;
    refused(chain, 'BAD_SIGNATURE', checked(voteEvidence(honest, { ...honest, blockHash, signature })));
  });

  it('whose sides are equal or swapped, or not ed25519: before any signature', () => {
    const { evidence } = prevotes(1);
    const { first, second } = evidence as Extract<Evidence, { kind: 'prevote' }>;
    const wrong = (change: object) => () => evidenceChecks({ ...evidence, ...change } as Evidence, 'any');
    assert.throws(wrong({ second: first }), hasCode('NOT_CANONICAL'));
    assert.throws(wrong({ first: second, second: first }), hasCode('NOT_CANONICAL'));
    const signature = Uint8Array.of(SCHEMES.sr25519, ...first.signature.slice(1));
    assert.throws(wrong({ first: { ...first, signature } }), hasCode('NOT_ED25519'));
  });

  it('of the same vote with two signatures', () => {
    const vote = signVote(twin, 'prevote', BLOCK_A, { height: 1 });
    const again = { ...vote, signature: vote.signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) };
    assert.throws(() => evidenceChecks(voteEvidence(vote, again), 'any'), hasCode('NOT_CANONICAL'));
  });

  it('of the height itself or a later one', () => {
    const chain = start();
    refused(chain, 'FUTURE', prevotes(1));
    refused(chain, 'FUTURE', prevotes(2));
    chain.block();
    refused(chain, 'FUTURE', prevotes(2));
    slashed(chain, prevotes(1));
  });

  it('that was punished, in an earlier block or in this one, also with other votes', () => {
    const chain = start();
    chain.block();
    refused(chain, 'NOT_ASCENDING', prevotes(1), prevotes(1));
    slashed(chain, prevotes(1));
    refused(chain, 'REPEATED', prevotes(1));
    const at = { height: 1 };
    const nothing = voteEvidence(signVote(twin, 'prevote', null, at), signVote(twin, 'prevote', BLOCK_A, at));
    refused(chain, 'REPEATED', checked(nothing));
    slashed(chain, checked(doubleSigning(other, 'prevote', at)));
  });

  it('out of order', () => {
    const chain = start();
    chain.block();
    chain.block();
    const inOrder = [
      prevotes(1),
      checked(doubleSigning(twin, 'precommit', { height: 1 })),
      prevotes(1, 1),
      prevotes(2),
    ];
    for (const [index, evidence] of inOrder.entries()) {
      const before = inOrder[index - 1];
      if (before === undefined) continue;
      assert.ok(compareOffences(before.evidence, evidence.evidence) < 0);
      refused(chain, 'NOT_ASCENDING', evidence, before);
    }
    assert.equal(slashed(chain, ...inOrder).length, inOrder.length);
  });

  it('against somebody who had no seat at that height', () => {
    const chain = start();
    chain.block();
    refused(chain, 'NOT_A_VALIDATOR', checked(doubleSigning(mallory, 'prevote', { height: 1 })));
  });

  it('of an epoch that is too long ago: unstakeEpochs is the last age that counts', () => {
    const chain = start();
    chain.nextEpoch();
    const height = chain.height - 1;
    chain.nextEpoch(2);
    const young = chain.fork();
    assert.equal(young.epoch, 3);
    assert.equal(slashed(young, prevotes(height)).length, 1);
    chain.nextEpoch();
    assert.equal(chain.epoch, 4);
    refused(chain, 'EXPIRED', prevotes(height));
    slashed(chain, prevotes(height + 1));
  });
});

describe('seats', () => {
  /** Other leaves in epoch 0 by thawing all of its stake; its transactions are taken as signed. */
  const leaving = (): TestChain => {
    const chain = start();
    chain.ok(VALIDATOR, { kind: 'unstake', target: onTwin, amount: 100n * TOKEN });
    chain.nextEpoch();
    return chain;
  };

  it('are lost and won two heights after the first block of an epoch, to the height', () => {
    const chain = leaving();
    const first = chain.height;
    chain.ok(VALIDATOR, { kind: 'stake', target: onTwin, amount: 50n * TOKEN });
    chain.nextEpoch();
    const second = chain.height;
    chain.nextEpoch();
    for (const height of [first, first + 1, second + 2, second + 3])
      assert.doesNotThrow(() => admitEvidence(chain.state, prevotes(height), chain.height + 1));
    for (const height of [first + 2, second - 1, second, second + 1])
      refused(chain, 'NOT_A_VALIDATOR', prevotes(height));
  });

  it('of who left can still be punished, by what thaws', () => {
    const chain = leaving();
    chain.block();
    chain.block();
    assert.equal(burnedBy(chain, prevotes(1)), 5n * TOKEN);
  });

  it('are known with epochs of one block, where those who vote were elected two epochs before', () => {
    const chain = createTestChain({ genesis: { epochLength: 1, unstakeEpochs: 1 } });
    for (let block = 0; block < 12; block++) chain.block();
    assert.equal(slashed(chain, prevotes(chain.height)).length, 1);
    refused(chain, 'EXPIRED', prevotes(chain.height - 2));
  });

  it('and marks are forgotten when no evidence can be about them', () => {
    const chain = start();
    const rows = () => Array.from(seats.scan(chain.state, []), ([[epoch]]) => epoch);
    chain.block();
    slashed(chain, prevotes(1));
    chain.nextEpoch(3);
    assert.equal(listOffences(chain.state, 10).length, 1);
    assert.deepEqual(rows(), [0, 1, 2, 3]);
    chain.nextEpoch();
    assert.equal(listOffences(chain.state, 10).length, 0);
    chain.nextEpoch(4);
    assert.deepEqual(rows(), [3, 4, 5, 6, 7, 8]);
  });
});
