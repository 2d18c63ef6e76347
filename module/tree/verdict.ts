/** What the error of a call to a child says: whether it ran there, and whose fault it was. */
import { CallRefused } from '../client/answer.ts';
import { ModuleError } from '../errors.ts';

export interface Verdict {
  /** `no`: certainly not. `maybe`: the child may have done the work, or a part of it. */
  readonly ran: 'no' | 'maybe';
  /**
   * `gone`: the child cannot serve now, without a doubt. `child`: its fault. `request`: every child of a replica set
   * would say the same. `unclear`: the request's or the child's, which only another child can tell. `late`: another child
   * was so much faster that it was given up. `busy`: it has too much to do. `nobody`: an epoch has ended or calls have overtaken one another; the next try may do.
   */
  readonly fault: 'gone' | 'child' | 'request' | 'unclear' | 'late' | 'busy' | 'nobody';
}

type Fault = Verdict['fault'];

/** Words of a child's refusal; all others are the child's fault, for it is its parent that calls. */
const REFUSED: Readonly<Record<string, Fault>> = {
  STOPPING: 'gone',
  OVERLOADED: 'busy',
  WRONG_EPOCH: 'nobody',
  REPLAY: 'nobody',
  BAD_PARAMS: 'request',
  BAD_JSON: 'request',
  TOO_DEEP: 'request',
  BODY_TOO_LARGE: 'request',
  FUNCTION_FAILED: 'unclear',
  FUNCTION_TIMEOUT: 'unclear',
  BAD_RESULT: 'unclear',
};
/** Refusals by which the child's function has begun. */
const BEGUN: ReadonlySet<string> = new Set([
  'FUNCTION_FAILED',
  'FUNCTION_TIMEOUT',
  'BAD_RESULT',
  'INTERNAL',
  'NO_CHILDREN',
]);

/** null for an error that says nothing about the child, such as one of our own. */
export function verdictOf(error: unknown): Verdict | null {
  if (error instanceof CallRefused)
    return { ran: BEGUN.has(error.name) ? 'maybe' : 'no', fault: REFUSED[error.name] ?? 'child' };
  if (!(error instanceof ModuleError)) return null;
  switch (error.code) {
    case 'UNREACHABLE':
    case 'TARGET_INVALID':
      return { ran: 'no', fault: 'gone' };
    // Given up by the parent, because another one was faster.
    case 'ABORTED':
      return { ran: 'maybe', fault: 'late' };
    case 'TIMEOUT':
    case 'LOST':
    case 'BAD_RESPONSE':
    case 'BAD_RECEIPT':
    case 'BAD_ANSWER':
      return { ran: 'maybe', fault: 'child' };
    default:
      return null;
  }
}
