import type { Failure } from '../format/block.ts';
import type { Draft, Mark } from '../state/index.ts';
import type { Asking } from './ask.ts';
import { failureOf } from './failure.ts';

/** Does work on a draft whole or not at all; null when it succeeded. What is no answer is thrown on. */
export function attempt(draft: Draft, work: () => void): Failure | null {
  const mark = draft.mark();
  try {
    work();
    return null;
  } catch (error) {
    return takenBack(draft, mark, error);
  }
}

/** The same for work that asks a consensus module. */
export function* attemptAsking(draft: Draft, work: Asking<void>): Asking<Failure | null> {
  const mark = draft.mark();
  try {
    yield* work;
    return null;
  } catch (error) {
    return takenBack(draft, mark, error);
  }
}

function takenBack(draft: Draft, mark: Mark, error: unknown): Failure {
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  draft.rollback(mark);
  return failure;
}
