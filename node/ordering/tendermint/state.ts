/** The state of one height. Only this folder changes it; outside it is a handle to give to `step`. */
import type { Commit } from '../../../chain/index.ts';
import type { Account, Hex } from '../../../consensus/interface/index.ts';
import type { Proposal, Vote } from '../messages.ts';
import { OrderingError } from '../types.ts';
import type { SignRecord, STEPS } from './record.ts';
import type { HeightOptions, Value } from './types.ts';
import { newRoundTable, type RoundTable } from './votes.ts';

/**
 * Direct votes and proposals for rounds further ahead than this are not kept. Such a vote still tells that its author
 * is there, which is all that L55 needs; once this node is there too, the retransmission brings it again.
 */
export const ROUNDS_AHEAD = 8;

export interface Sent {
  proposal: Proposal | null;
  prevote: Vote | null;
  precommit: Vote | null;
}

export interface HeightState {
  readonly options: HeightOptions;
  readonly powers: ReadonlyMap<Account, number>;
  /** Least power that is more than two thirds of all. */
  quorum: number;
  /** Least power that is more than one third of all: at least one honest validator is in it. */
  oneHonest: number;
  /** -1 while the height waits for `start`. */
  round: number;
  step: (typeof STEPS)[number];
  decided: boolean;
  /** lockedValue and lockedRound of the paper. */
  locked: { readonly round: number; readonly blockHash: Hex } | null;
  /** validValue and validRound of the paper, with the prevotes that prove them. */
  valid: { readonly round: number; readonly value: Value; readonly polka: Commit } | null;
  /** The last signed message of each kind. */
  readonly sent: Sent;
  /** Restored from a record and not started yet. */
  restored: boolean;
  readonly rounds: Map<number, RoundTable>;
  /** Each validator's vote of the highest round. */
  readonly seen: Map<Account, Vote>;
  /** Highest round in `seen`; -1 without votes. */
  farthest: number;
  /**
   * Why this round began: precommits of any kind of more than two thirds for the round before, or votes of more than
   * one third for this round or later ones. It is sent again with the own messages. Without it a few validators can
   * wait in one round for votes that the others, gone on to the next, no longer send.
   */
  roundProof: readonly Vote[];
  /** Blocks that are known, by hash. */
  readonly values: Map<Hex, Value>;
  /** What the application thinks of them; `undefined` while it thinks. */
  readonly verdicts: Map<Hex, boolean | undefined>;
  /** The application's block for the round in which it was asked, null while it thinks. */
  asked: { readonly round: number; value: Value | null } | null;
  /** Validators (with kind and round) whose evidence was given out. */
  readonly accused: Set<string>;
}

/** A height that waits for `start`. */
export function newHeight(options: HeightOptions): HeightState {
  const powers = new Map(options.validators.map(({ validator, power }) => [validator, power]));
  const total = options.validators.reduce((sum, { power }) => sum + power, 0);
  if (!Number.isSafeInteger(total * 3)) throw new RangeError(`a total voting power of ${total} is too large`);
  return {
    options,
    powers,
    quorum: Math.floor((total * 2) / 3) + 1,
    oneHonest: Math.floor(total / 3) + 1,
    round: -1,
    step: 'propose',
    decided: false,
    locked: null,
    valid: null,
    sent: { proposal: null, prevote: null, precommit: null },
    restored: false,
    rounds: new Map(),
    seen: new Map(),
    farthest: -1,
    roundProof: [],
    values: new Map(),
    verdicts: new Map(),
    asked: null,
    accused: new Set(),
  };
}

/** Everything that a crash must not take away. */
export function recordOf(state: HeightState, validator: Account): SignRecord {
  const { valid, sent } = state;
  const blocks = valid === null ? [] : [valid.value];
  const own = sent.proposal === null ? undefined : state.values.get(sent.proposal.blockHash);
  if (own !== undefined && own.hash !== valid?.value.hash) blocks.push(own);
  return {
    chainId: state.options.chainId,
    validator,
    height: state.options.height,
    round: state.round,
    step: state.step,
    locked: state.locked,
    polka: valid?.polka ?? null,
    proposal: sent.proposal,
    prevote: sent.prevote,
    precommit: sent.precommit,
    roundProof: state.roundProof,
    blocks,
  };
}

/** The state that a record describes; the next `start` takes it up. Throws OrderingError for another's record. */
export function restoreHeight(options: HeightOptions, record: SignRecord): HeightState {
  const { chainId, height, signer } = options;
  if (record.chainId !== chainId || record.height !== height || record.validator !== signer?.validator)
    throw new OrderingError(
      'BAD_RECORD',
      `the signing record is for chain ${record.chainId}, height ${record.height}, validator ${record.validator}`,
      'use the data directory with the chain and the key that made it, or start anew with --reset',
    );
  const state = newHeight(options);
  for (const value of record.blocks) state.values.set(value.hash, value);
  const { proposal, prevote, precommit, polka } = record;
  Object.assign(state.sent, { proposal, prevote, precommit });
  state.round = record.round;
  state.step = record.step;
  state.locked = record.locked;
  state.roundProof = record.roundProof;
  state.restored = true;
  if (polka !== null)
    state.valid = { round: polka.round, value: valueOfRecord(record, polka.blockHash), polka };
  if (proposal !== null) valueOfRecord(record, proposal.blockHash);
  return state;
}

function valueOfRecord(record: SignRecord, blockHash: Hex): Value {
  const value = record.blocks.find(block => block.hash === blockHash);
  if (value !== undefined) return value;
  throw new OrderingError(
    'BAD_RECORD',
    `the signing record of height ${record.height} lacks the block ${blockHash} that it is about`,
    'the record is damaged: a validator must not guess what it signed; restore it or start anew with --reset',
  );
}

export function roundTable(state: HeightState, round: number): RoundTable {
  let table = state.rounds.get(round);
  if (table === undefined) {
    table = newRoundTable();
    state.rounds.set(round, table);
  }
  return table;
}
