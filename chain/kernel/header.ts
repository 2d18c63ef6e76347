import { type Hex, struct, u32 } from '../../consensus/interface/index.ts';
import { hashOf, merkleRoot, sha256 } from '../crypto/index.ts';
import { BlockError, type BlockErrorCode } from '../errors.ts';
import {
  BLOCK_VERSION,
  type Block,
  type BlockOutcomes,
  ChainEvent,
  Commit,
  Header,
  Outcome,
  SystemOutcome,
} from '../format/block.ts';
import { ValidatorSet } from '../format/entities.ts';
import type { State, StateReader } from '../state/index.ts';
import { evidenceRoot } from './evidence.ts';
import { getEpoch, getParameters, getValidators } from './getters.ts';
import { epochOf } from './turnEpoch.ts';
import type { BlockInput, Execution } from './types.ts';

/** The block before; height 0, the genesis' hash and its time before the first. */
export interface Parent {
  readonly hash: Hex;
  readonly height: number;
  /** Milliseconds. */
  readonly time: number;
}

/** `lastCommitHash` of the first block. */
export const NO_COMMIT: Hex = `0x${'00'.repeat(32)}`;

/** The name of a block: hash of its header, which commits to all the rest. */
export const blockHash = (header: Header): Hex => hashOf(Header, header);

/** Over the hashes of the encoded signed transactions, in order. */
export const transactionsRoot = (transactions: readonly Uint8Array[]): Hex =>
  merkleRoot(transactions.map(sha256));

const Counts = struct({ system: u32, events: u32, transactions: u32 });

/** Over the outcomes of a block, one leaf each, so that one can be proved; the first leaf says how many of which. */
export function eventsRoot({ system, events, transactions }: BlockOutcomes): Hex {
  const counts = { system: system.length, events: events.length, transactions: transactions.length };
  return merkleRoot([
    hashOf(Counts, counts),
    ...system.map(outcome => hashOf(SystemOutcome, outcome)),
    ...events.map(event => hashOf(ChainEvent, event)),
    ...transactions.map(outcome => hashOf(Outcome, outcome)),
  ]);
}

export const commitHash = (commit: Commit | null): Hex =>
  commit === null ? NO_COMMIT : hashOf(Commit, commit);

export const validatorsHash = (validators: ValidatorSet): Hex => hashOf(ValidatorSet, validators);

/** The header of an executed block. */
export function makeHeader(
  parent: Parent,
  input: BlockInput,
  execution: Execution,
  lastCommit: Commit | null,
): Header {
  return {
    version: BLOCK_VERSION,
    chainId: getParameters(execution.state).chainId,
    height: input.height,
    time: input.time,
    epoch: execution.epoch,
    parentHash: parent.hash,
    proposer: input.proposer,
    transactionsRoot: transactionsRoot(input.transactions.map(({ encoded }) => encoded)),
    evidenceRoot: evidenceRoot(input.evidence.map(({ evidence }) => evidence)),
    stateRoot: execution.state.root,
    eventsRoot: eventsRoot(execution.outcomes),
    lastCommitHash: commitHash(lastCommit),
    validatorsHash: validatorsHash(execution.validators),
    nextValidatorsHash: validatorsHash(execution.nextValidators),
  };
}

/**
 * Everything about a block that can be judged without executing it; the state is the parent's. Not the certificate's
 * signatures (see {@link verifyCommit}) and not whose turn it was to propose. Throws {@link BlockError}.
 */
export function validateHeader(
  { header, transactions, evidence, lastCommit }: Block,
  parent: Parent,
  state: State,
): void {
  const { chainId } = getParameters(state);
  const epoch = epochOf(getEpoch(state), header.height, header.time).number;
  expect('WRONG_VERSION', 'version', header.version, BLOCK_VERSION);
  expect('WRONG_CHAIN', 'chain', header.chainId, chainId);
  expect('WRONG_HEIGHT', 'height', header.height, parent.height + 1);
  expect('WRONG_PARENT', 'parent', header.parentHash, parent.hash);
  if (header.time <= parent.time)
    throw new BlockError('WRONG_TIME', `time ${header.time} is not above the parent's ${parent.time}`);
  expect('WRONG_EPOCH', 'epoch', header.epoch, epoch);
  validateVoters(header, state);
  expect(
    'WRONG_TRANSACTIONS_ROOT',
    'transactions root',
    header.transactionsRoot,
    transactionsRoot(transactions),
  );
  expect('WRONG_EVIDENCE_ROOT', 'evidence root', header.evidenceRoot, evidenceRoot(evidence));
  validateLastCommit(header, lastCommit, parent);
}

function validateVoters(header: Header, state: StateReader): void {
  const validators = getValidators(state, 1);
  const next = getValidators(state, 2);
  expect('WRONG_VALIDATORS', 'validators', header.validatorsHash, validatorsHash(validators));
  expect('WRONG_VALIDATORS', 'next validators', header.nextValidatorsHash, validatorsHash(next));
  if (!validators.some(({ validator }) => validator === header.proposer))
    throw new BlockError('WRONG_PROPOSER', `${header.proposer} is no validator at this height`);
}

function validateLastCommit(header: Header, lastCommit: Commit | null, parent: Parent): void {
  expect('WRONG_LAST_COMMIT', 'hash of the last commit', header.lastCommitHash, commitHash(lastCommit));
  const isFirst = header.height === 1;
  if (isFirst !== (lastCommit === null))
    throw new BlockError('WRONG_LAST_COMMIT', 'the first block has no last commit, all others have one');
  if (lastCommit === null) return;
  expect('WRONG_LAST_COMMIT', 'height of the last commit', lastCommit.height, parent.height);
  expect('WRONG_LAST_COMMIT', 'block of the last commit', lastCommit.blockHash, parent.hash);
}

/** Whether executing a block gave what its header says. Throws {@link BlockError}. */
export function validateExecution(header: Header, execution: Execution): void {
  expect('WRONG_EPOCH', 'epoch', header.epoch, execution.epoch);
  expect('WRONG_STATE_ROOT', 'state root', header.stateRoot, execution.state.root);
  expect('WRONG_EVENTS_ROOT', 'events root', header.eventsRoot, eventsRoot(execution.outcomes));
}

function expect(
  code: BlockErrorCode,
  what: string,
  actual: string | number,
  expected: string | number,
): void {
  if (actual !== expected) throw new BlockError(code, `${what} is ${actual}, not ${expected}`);
}
