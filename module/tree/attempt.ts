/** One try with one child, and what the caller hears when all tries have failed. */
import { ModuleError, messageOf, Refusal } from '../errors.ts';
import type { Json } from '../protocol/index.ts';
import type { Child } from './children.ts';
import type { Request, Site } from './router.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** Whether an answer can be right. */
export type Check = (result: Json, params: object) => boolean | Promise<boolean>;

export interface Failed {
  readonly kind: 'failed';
  readonly child: Child;
  readonly error: unknown;
  readonly verdict: Verdict;
}

export type Outcome = Failed | { readonly kind: 'answered'; readonly child: Child; readonly result: Json };

/**
 * Asks a child within the caller's time and its own. Rejects where no other child would help: nobody waits any more, or
 * the error is one of ours.
 */
export async function attempt(
  site: Site,
  request: Request,
  child: Child,
  check?: Check,
  giveUp?: AbortSignal,
): Promise<Outcome> {
  const { fn, params, signal } = request;
  const timeoutMs = timeFor(site, request);
  const signals = [signal, giveUp].filter(each => each !== undefined);
  try {
    const limits = { timeoutMs, signal: signals.length === 0 ? undefined : AbortSignal.any(signals) };
    const result = await site.children.ask(child, { fn, params, ...limits });
    if (check !== undefined && !(await check(result, params))) throw badAnswer(child, fn);
    site.children.praise(child);
    return { kind: 'answered', child, result };
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict === null || signal?.aborted === true) throw error;
    // Who had less time than a child is due is not slow.
    const wasCut = error instanceof ModuleError && error.code === 'TIMEOUT' && timeoutMs < site.tryMs;
    if (!wasCut) judge(site, child, error, verdict);
    return { kind: 'failed', child, error, verdict };
  }
}

/** Milliseconds that a child gets for its answer. Throws FUNCTION_TIMEOUT when the caller's time is over. */
function timeFor({ clock, tryMs }: Site, { fn, deadline, signal }: Request): number {
  if (signal?.aborted === true) throw new Refusal('FUNCTION_TIMEOUT', `nobody waits for ${fn} any more`);
  const left = deadline - clock.now();
  if (left < 1) throw new Refusal('FUNCTION_TIMEOUT', `the children had no time left for ${fn}`);
  return Math.min(left, tryMs);
}

function judge({ children }: Site, child: Child, error: unknown, { fault }: Verdict): void {
  if (fault === 'child' || fault === 'gone') children.blame(child, error);
  if (fault === 'busy') children.rest(child);
}

/** A moment is all that was in the way. */
export const isPassing = ({ verdict: { fault } }: Failed): boolean => fault === 'busy' || fault === 'nobody';

/** What the caller hears: the last child's word if all say that it is the request's fault, else that nobody served it. */
export function refusalOfAll({ fn }: Request, failures: readonly Failed[]): Refusal {
  const last = failures.at(-1);
  const isTheRequest = failures.every(({ verdict: { fault } }) => fault === 'unclear' || fault === 'request');
  if (last !== undefined && isTheRequest) return refusalOf(last.error);
  const reasons = failures.map(({ child, error }) => `${child.alias}: ${messageOf(error)}`);
  const said = reasons.length === 0 ? 'none of them is linked and up' : reasons.join('; ');
  return new Refusal('NO_CHILDREN', `no child served ${fn}: ${said}`.slice(0, 1000));
}

/** A child's refusal in the parent's name. */
export function refusalOf(error: unknown): Refusal {
  const name = error instanceof Error ? error.name : '';
  const passed = PASSED_ON.find(known => known === name) ?? 'FUNCTION_FAILED';
  return new Refusal(passed, messageOf(error).slice(0, 1000), {}, { cause: error });
}

const PASSED_ON = ['BAD_PARAMS', 'TOO_DEEP', 'BODY_TOO_LARGE', 'BAD_RESULT', 'FUNCTION_TIMEOUT'] as const;

const badAnswer = ({ alias }: Child, fn: string): ModuleError =>
  new ModuleError(
    'BAD_ANSWER',
    `the answer of ${alias} to ${fn} cannot be right`,
    'its owner has to look at it',
  );
