/**
 * The kernel asks and whoever drives it answers: a question to a consensus module is a value, so that the same state
 * transition runs over code in this process and over code elsewhere. Execution stays pure and synchronous in between.
 */
import {
  type BlockInfo,
  type Capability,
  CapabilityError,
  CodecError,
  type ConsensusModule,
  decode,
  type Hex,
  type Outcome,
  OutcomeError,
  plainOutcome,
  type View,
} from '../../consensus/interface/index.ts';
import { chainError, type FaultPlace, ModuleFault } from '../errors.ts';
import type { PinnedCode } from '../format/entities.ts';
import type { CallOf } from '../format/transaction.ts';
import { argsOf, findMechanism, methodIn } from './mechanism.ts';
import type { Code } from './types.ts';

/** What a module is to run. `view` shows the state at this point of the block, and only until the answer is given. */
export type Work =
  | {
      readonly kind: 'genesis';
      readonly params: Uint8Array;
      /** null before the first block. */
      readonly block: BlockInfo | null;
      /** Not for the genesis itself, which reads nothing: for the calls after it in the block. */
      readonly view: View;
    }
  | {
      readonly kind: 'migrate';
      readonly block: BlockInfo;
      readonly view: View;
      readonly fromStateVersion: number;
    }
  | {
      readonly kind: 'apply';
      readonly block: BlockInfo;
      readonly view: View;
      readonly sender: Hex;
      readonly call: CallOf<'call'>;
      readonly verified: readonly boolean[];
    }
  | {
      readonly kind: 'closeEpoch';
      readonly block: BlockInfo;
      readonly view: View;
      readonly closing: number;
    };

export interface Ask {
  readonly place: FaultPlace;
  /** Which code is to answer. */
  readonly code: PinnedCode;
  /** The hash of the transaction that calls; null for work of the block itself. */
  readonly transaction: Hex | null;
  readonly work: Work;
}

export type Answer =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  /** What it returned is no outcome. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** It read what it has no capability for. */
  | { readonly kind: 'denied'; readonly capability: Capability }
  /** Parameters of its genesis that its codec refuses. */
  | { readonly kind: 'badParams'; readonly reason: string }
  /** It crashed, or nobody could be asked: no answer at all. */
  | { readonly kind: 'fault'; readonly error: unknown };

/** Work of the kernel that stops at each question and goes on with the answer. */
export type Asking<Result> = Generator<Ask, Result, Answer>;

/** Throws {@link ChainError} where the call fails by this answer, and {@link ModuleFault} where there is none. */
export function* ask(question: Ask): Asking<Outcome> {
  const answer = yield question;
  const { place } = question;
  switch (answer.kind) {
    case 'outcome':
      return answer.outcome;
    case 'malformed':
      throw chainError('BAD_OUTCOME', { reason: answer.reason });
    case 'denied':
      throw chainError('CAPABILITY', { consensus: place.consensus, capability: answer.capability });
    case 'badParams':
      throw chainError('BAD_ARGUMENTS', { method: place.method, reason: answer.reason });
    case 'fault':
      throw new ModuleFault(place, answer.error);
  }
}

/** Runs work whose modules are all in this process. */
export function answeredHere<Result>(asking: Asking<Result>, code: Code): Result {
  let step = asking.next();
  while (step.done !== true) step = asking.next(answerOf(step.value, code));
  return step.value;
}

/** The answer of a module in this process. */
export function answerOf({ place, code: pinned, work }: Ask, code: Code): Answer {
  const mechanism = findMechanism(place.consensus, pinned, code);
  if (mechanism === undefined) return { kind: 'fault', error: new Error('this node has not loaded it') };
  return answerTo(() => outcomeOf(work, mechanism));
}

/** What came of running a module's code, whichever way it ended. */
export function answerTo(work: () => unknown): Answer {
  try {
    return { kind: 'outcome', outcome: plainOutcome(work()) };
  } catch (error) {
    if (error instanceof OutcomeError) return { kind: 'malformed', reason: error.message };
    if (error instanceof CapabilityError) return { kind: 'denied', capability: error.capability };
    if (error instanceof BadParams) return { kind: 'badParams', reason: error.message };
    return { kind: 'fault', error };
  }
}

class BadParams extends Error {}

function outcomeOf(work: Work, mechanism: ConsensusModule): unknown {
  switch (work.kind) {
    case 'genesis':
      return mechanism.genesis(paramsOf(mechanism, work.params));
    case 'migrate':
      return mechanism.migrate?.(work.block, work.view, work.fromStateVersion);
    case 'apply': {
      const { block, view, sender, call, verified } = work;
      const method = methodIn(mechanism, call);
      return method.apply(block, view, { sender, args: argsOf(method, call), value: call.value, verified });
    }
    case 'closeEpoch':
      return mechanism.closeEpoch?.(work.block, work.view, work.closing) ?? { ok: true, ops: [] };
  }
}

/** The parameters of a genesis, which whoever wrote it may have got wrong. */
export function paramsOf({ params }: ConsensusModule, encoded: Uint8Array): unknown {
  try {
    return decode(params, encoded);
  } catch (error) {
    throw error instanceof CodecError ? new BadParams(error.message) : error;
  }
}
