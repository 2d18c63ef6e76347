import assert from 'node:assert/strict';
import {
  BLOCK_VERSION,
  type Block,
  BlockError,
  type BlockErrorCode,
  blockHash,
  type Commit,
  CommitError,
  type CommitErrorCode,
  genesisHash,
  type Header,
  makeHeader,
  type Parent,
  type ValidatorSet,
  validateExecution,
  validateHeader,
  verifyCommit,
  voteBytes,
} from '../../../chain/index.ts';
import type { Hex } from '../../../consensus/interface/index.ts';
import { transfer } from '../../support/calls.ts';
import { accountOf, CHAIN_ID, createTestChain, GENESIS_TIME, keyOf, VALIDATOR } from '../../support/chain.ts';

const OTHER: Hex = `0x${'11'.repeat(32)}`;

function firstBlock() {
  const chain = createTestChain();
  const before = chain.state;
  const parent: Parent = { hash: genesisHash(chain.genesis), height: 0, time: GENESIS_TIME };
  const transactions = [chain.transaction('Alice', transfer(accountOf('Bob')))];
  const execution = chain.block(transactions);
  const input = {
    height: 1,
    time: GENESIS_TIME + 1000,
    proposer: accountOf(VALIDATOR),
    evidence: [],
    transactions,
  };
  const header = makeHeader(parent, input, execution, null);
  const block: Block = {
    header,
    transactions: transactions.map(({ encoded }) => encoded),
    evidence: [],
    lastCommit: null,
  };
  return { chain, before, parent, execution, block };
}

const certificate = (names: readonly string[], height: number, hash: Hex, chainId = CHAIN_ID): Commit => {
  const message = voteBytes({ chainId, kind: 'precommit', height, round: 0, blockHash: hash });
  const signatures = names
    .map(name => keyOf(name, 'ed25519'))
    .map(key => ({ validator: key.account, signature: key.sign(message) }))
    .sort((a, b) => (a.validator < b.validator ? -1 : 1));
  return { height, round: 0, blockHash: hash, signatures };
};

describe('headers', () => {
  it('of an honest proposer are valid', () => {
    const { before, parent, execution, block } = firstBlock();
    validateHeader(block, parent, before);
    validateExecution(block.header, execution);
  });

  it('commit to every field', () => {
    const { before, parent, execution, block } = firstBlock();
    const wrong: readonly (readonly [BlockErrorCode, Partial<Header>])[] = [
      ['WRONG_VERSION', { version: BLOCK_VERSION + 1 }],
      ['WRONG_CHAIN', { chainId: 'other' }],
      ['WRONG_HEIGHT', { height: 2 }],
      ['WRONG_TIME', { time: GENESIS_TIME }],
      ['WRONG_EPOCH', { epoch: 1 }],
      ['WRONG_PARENT', { parentHash: OTHER }],
      ['WRONG_PROPOSER', { proposer: accountOf('Alice') }],
      ['WRONG_TRANSACTIONS_ROOT', { transactionsRoot: OTHER }],
      ['WRONG_EVIDENCE_ROOT', { evidenceRoot: OTHER }],
      ['WRONG_LAST_COMMIT', { lastCommitHash: OTHER }],
      ['WRONG_VALIDATORS', { validatorsHash: OTHER }],
      ['WRONG_VALIDATORS', { nextValidatorsHash: OTHER }],
    ];
    for (const [code, fields] of wrong) {
      const header = { ...block.header, ...fields };
      assert.notEqual(blockHash(header), blockHash(block.header));
      assert.throws(() => validateHeader({ ...block, header }, parent, before), isBlockError(code));
    }
    for (const [code, fields] of [
      ['WRONG_STATE_ROOT', { stateRoot: OTHER }],
      ['WRONG_EVENTS_ROOT', { eventsRoot: OTHER }],
      ['WRONG_EPOCH', { epoch: 3 }],
    ] as const)
      assert.throws(() => validateExecution({ ...block.header, ...fields }, execution), isBlockError(code));
  });

  it('carry the certificate of the parent from the second block on', () => {
    const { chain, parent, block } = firstBlock();
    const hash = blockHash(block.header);
    const lastCommit = certificate([VALIDATOR], 1, hash);
    const second = (commit: Commit | null): Block => {
      const input = {
        height: 2,
        time: GENESIS_TIME + 2000,
        proposer: accountOf(VALIDATOR),
        evidence: [],
        transactions: [],
      };
      const header = makeHeader(
        { hash, height: 1, time: GENESIS_TIME + 1000 },
        input,
        chain.fork().block(),
        commit,
      );
      return { header, transactions: [], evidence: [], lastCommit: commit };
    };
    const above: Parent = { hash, height: 1, time: GENESIS_TIME + 1000 };
    validateHeader(second(lastCommit), above, chain.state);
    const refuses = (commit: Commit | null): void =>
      assert.throws(
        () => validateHeader(second(commit), above, chain.state),
        isBlockError('WRONG_LAST_COMMIT'),
      );
    refuses(null);
    refuses({ ...lastCommit, height: 3 });
    refuses({ ...lastCommit, blockHash: OTHER });
    assert.throws(
      () => validateHeader({ ...second(lastCommit), lastCommit: null }, above, chain.state),
      isBlockError('WRONG_LAST_COMMIT'),
    );
    assert.throws(
      () => validateHeader(second(lastCommit), parent, chain.state),
      isBlockError('WRONG_HEIGHT'),
    );
  });
});

describe('certificates', () => {
  const names = ['V1', 'V2', 'V3', 'V4'];
  const validators: ValidatorSet = names
    .map(name => ({ validator: keyOf(name, 'ed25519').account, power: name === 'V1' ? 4 : 1 }))
    .sort((a, b) => (a.validator < b.validator ? -1 : 1));
  const block = { height: 9, hash: OTHER };
  const check = (commit: Commit): void => verifyCommit(commit, block, validators, CHAIN_ID);
  const refuses = (code: CommitErrorCode, commit: Commit): void =>
    assert.throws(
      () => check(commit),
      (error: unknown) => error instanceof CommitError && error.code === code,
    );

  it('need more than two thirds of the power, not of the heads', () => {
    check(certificate(['V1', 'V2'], 9, OTHER));
    check(certificate(names, 9, OTHER));
    refuses('NO_QUORUM', certificate(['V1'], 9, OTHER));
    refuses('NO_QUORUM', certificate(['V2', 'V3', 'V4'], 9, OTHER));
    refuses('NO_QUORUM', { ...certificate([], 9, OTHER) });
  });

  it('are for one block of one chain', () => {
    refuses('WRONG_HEIGHT', certificate(names, 8, OTHER));
    refuses('WRONG_BLOCK', certificate(names, 9, `0x${'22'.repeat(32)}`));
    refuses('BAD_SIGNATURE', certificate(names, 9, OTHER, 'other-chain'));
    refuses('BAD_SIGNATURE', { ...certificate(names, 9, OTHER), round: 1 });
  });

  it('count each validator once, and no stranger', () => {
    const good = certificate(names, 9, OTHER);
    refuses('NOT_ASCENDING', { ...good, signatures: [...good.signatures].reverse() });
    const [first] = good.signatures;
    assert.ok(first);
    refuses('NOT_ASCENDING', { ...good, signatures: [first, ...good.signatures] });
    refuses('UNKNOWN_VALIDATOR', certificate(['V1', 'V2', 'Stranger'], 9, OTHER));
  });

  it('are refused whole for one bad signature, or one of another scheme', () => {
    const good = certificate(names, 9, OTHER);
    const spoilt = (at: number, byte: number) =>
      good.signatures.map(entry => ({
        ...entry,
        signature: entry.signature.map((old, i) => (i === at ? byte : old)),
      }));
    refuses('NOT_ED25519', { ...good, signatures: spoilt(0, 1) });
    const [first, ...rest] = good.signatures;
    const [damaged] = spoilt(10, (first?.signature[10] ?? 0) ^ 1);
    assert.ok(damaged);
    refuses('BAD_SIGNATURE', { ...good, signatures: [damaged, ...rest] });
  });
});

const isBlockError = (code: BlockErrorCode) => (error: unknown) =>
  error instanceof BlockError && error.code === code;
