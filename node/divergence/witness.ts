/** What a node remembers of executing a block, and how it tells others of it. */
import {
  type Answered,
  answered,
  type BlockOutcomes,
  type Execution,
  hashOf,
  Outcome,
} from '../../chain/index.ts';
import {
  type Account,
  encode,
  type Hex,
  hash,
  optional,
  struct,
  u32,
  u53,
} from '../../consensus/interface/index.ts';
import { resultOf } from '../plugins/child/perform.ts';
import type { Watch } from '../plugins/watch.ts';
import { JobResult } from '../plugins/wire.ts';
import { type BlockDigest, MAX_RESPONSE_BYTES } from './messages.ts';

/** One execution of a block, whether the block was right or not. */
export interface Witnessed {
  readonly hash: Hex;
  readonly height: number;
  readonly proposer: Account;
  /** In the order in which the block asked. */
  readonly answers: readonly Answered[];
  /** Both null where the execution ended before. */
  readonly outcomes: BlockOutcomes | null;
  readonly stateRoot: Hex | null;
}

export interface Recording {
  readonly watch: Watch;
  readonly answers: readonly Answered[];
}

/** Collects the answers of one execution. Of a proposer's tries only those of `included` transactions stand in the block. */
export function recording(): Recording {
  const answers: Answered[] = [];
  return { answers, watch: { answered: (ask, answer) => answers.push(answered(ask, answer)) } };
}

/** The answers that belong to a block of these transactions. */
export function answersOf(answers: readonly Answered[], included: ReadonlySet<Hex>): readonly Answered[] {
  return answers.filter(({ transaction }) => transaction === null || included.has(transaction));
}

export function witnessed(
  block: Pick<Witnessed, 'hash' | 'height' | 'proposer'>,
  answers: readonly Answered[],
  execution: Pick<Execution, 'outcomes' | 'state'> | null,
): Witnessed {
  const { hash, height, proposer } = block;
  const outcomes = execution?.outcomes ?? null;
  return { hash, height, proposer, answers, outcomes, stateRoot: execution?.state.root ?? null };
}

const AnsweredForm = struct({
  consensus: u32,
  transaction: optional(hash),
  closing: optional(u53),
  answer: JobResult,
});

/** The words of a crash are those of one machine: that it crashed is the answer. */
export function plainResult({ answer }: Answered): JobResult {
  const result = resultOf(answer);
  return result.kind === 'threw' ? { ...result, reason: '' } : result;
}

const digestOf = (said: Answered): Hex =>
  hashOf(AnsweredForm, {
    consensus: said.place.consensus,
    transaction: said.transaction,
    closing: said.closing,
    answer: plainResult(said),
  });

export const digest = ({ height, answers, outcomes, stateRoot }: Witnessed): BlockDigest => ({
  height,
  answers: answers.map(digestOf),
  outcomes: outcomes?.transactions.map(outcome => hashOf(Outcome, outcome)) ?? [],
  stateRoot,
});

/** One answer whole; null where there is none or it is too long to be sent. */
export function answerAt({ answers }: Witnessed, index: number): JobResult | null {
  const said = answers[index];
  if (said === undefined) return null;
  const result = resultOf(said.answer);
  return encode(JobResult, result).length < MAX_RESPONSE_BYTES ? result : null;
}
