/**
 * Replica sets (seed 0, "example of module trees"): children that serve the same function, of which one answers each
 * call. The revenue enters at the parent and profit shares pay the children, so the parent calls them for nothing.
 *
 * **No call is paid twice.** The caller signs one header and gets one receipt, from the parent, whatever happens below.
 * Each try of the parent is a header of its own with `max_usage` 0: no receipt for it can ask for anything, also if the
 * answer was lost, the child lies, or both children did the work. What can happen twice is the work. Where that does
 * harm, `repeatable: false` sends a call again only if the child has certainly not begun it.
 *
 * @example
 * const replicas = createReplicaSet();
 * export default defineModule({ alias: 'router', functions: { work: replicas.serve({ price: 1_000n }) } });
 */
import { ModuleError, messageOf, Refusal } from '../errors.ts';
import type { Json } from '../protocol/index.ts';
import type { Child } from './children.ts';
import { leastLoaded } from './choose.ts';
import {
  createRouter,
  nobodyServed,
  type Request,
  type Router,
  type RouterOptions,
  type Site,
  timeFor,
} from './router.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface ReplicaSetOptions extends RouterOptions {
  /** Whether a call may be done twice; true when absent. */
  readonly repeatable?: boolean | undefined;
  /** Whether an answer can be right. A child whose answer cannot is taken for a broken one, and another is asked. */
  readonly check?: ((result: Json, params: object) => boolean | Promise<boolean>) | undefined;
}

/** Rounds over all children, where only a moment is in the way. */
const MAX_ROUNDS = 6;
const FIRST_PAUSE_MS = 25;

export function createReplicaSet(options: ReplicaSetOptions = {}): Router {
  let turn = 0;
  return createRouter({ ...options, kind: options.kind ?? 'replica' }, (site, request) =>
    answerOnce(site, request, options, turn++),
  );
}

interface Failed {
  readonly child: Child;
  readonly error: unknown;
  readonly verdict: Verdict;
}

async function answerOnce(
  site: Site,
  request: Request,
  options: ReplicaSetOptions,
  turn: number,
): Promise<Json> {
  const failures: Failed[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (round > 0) await site.clock.wait(FIRST_PAUSE_MS << (round - 1));
    // Those that failed by their own fault are not asked again; those that only needed a moment are.
    const over = new Set(failures.filter(failure => !isPassing(failure)).map(({ child }) => child.id));
    for (;;) {
      const open = site.children.usable().filter(({ id }) => !over.has(id));
      const child = leastLoaded(open, turn);
      if (child === undefined) break;
      over.add(child.id);
      const outcome = await tryOne(site, request, options, child);
      if (!('verdict' in outcome)) {
        blameOthers(site, failures);
        return outcome.result;
      }
      failures.push(outcome);
      giveUpIfFinal(options, request, outcome);
    }
    if (!failures.some(isPassing) && !site.children.isRecovering()) break;
  }
  throw verdictOfAll(request, failures);
}

/** Resolves with the answer, or with why there is none. */
async function tryOne(
  site: Site,
  request: Request,
  { check }: ReplicaSetOptions,
  child: Child,
): Promise<{ readonly result: Json } | Failed> {
  const { fn, params, signal } = request;
  const timeoutMs = timeFor(site, request);
  try {
    const result = await site.children.ask(child, { fn, params, timeoutMs, signal });
    if (check !== undefined && !(await check(result, params))) throw badAnswer(child, fn);
    return { result };
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict === null || signal?.aborted === true) throw error;
    const cut = error instanceof ModuleError && error.code === 'TIMEOUT' && timeoutMs < site.tryMs;
    // Who had less time than a child is due is not slow.
    if (!cut) blame(site, child, error, verdict);
    return { child, error, verdict };
  }
}

function blame({ children }: Site, child: Child, error: unknown, { fault }: Verdict): void {
  if (fault === 'child' || fault === 'gone') children.blame(child, error);
  if (fault === 'busy') children.rest(child);
}

/** The same request was answered by another child: it was not the request. */
function blameOthers({ children }: Site, failures: readonly Failed[]): void {
  for (const { child, error, verdict } of failures)
    if (verdict.fault === 'unclear') children.blame(child, error);
}

const isPassing = ({ verdict: { fault } }: Failed): boolean => fault === 'busy' || fault === 'nobody';

/** Throws where another child would say the same, or must not be asked. */
function giveUpIfFinal(
  { repeatable = true }: ReplicaSetOptions,
  { fn }: Request,
  { child, error, verdict }: Failed,
): void {
  if (verdict.fault === 'request') throw refusalOf(error);
  if (verdict.ran === 'no' || repeatable) return;
  throw new Refusal(
    'FUNCTION_FAILED',
    `${child.alias} may have done ${fn}, and it must not be done twice: ${messageOf(error)}`.slice(0, 1000),
    {},
    { cause: error },
  );
}

/** What the caller hears: the request's fault if all children say so, else that nobody served it. */
function verdictOfAll({ fn }: Request, failures: readonly Failed[]): Refusal {
  const last = failures.at(-1);
  if (last !== undefined && failures.every(({ verdict }) => verdict.fault === 'unclear'))
    return refusalOf(last.error);
  return nobodyServed(
    fn,
    failures.map(({ child, error }) => `${child.alias}: ${messageOf(error)}`),
  );
}

/** A child's refusal in the parent's name. */
function refusalOf(error: unknown): Refusal {
  const name = error instanceof Error ? error.name : '';
  const passed = PASSED_ON.find(known => known === name) ?? 'FUNCTION_FAILED';
  return new Refusal(passed, messageOf(error), {}, { cause: error });
}

const PASSED_ON = ['BAD_PARAMS', 'TOO_DEEP', 'BODY_TOO_LARGE', 'BAD_RESULT', 'FUNCTION_TIMEOUT'] as const;

const badAnswer = ({ alias }: Child, fn: string): ModuleError =>
  new ModuleError(
    'BAD_ANSWER',
    `the answer of ${alias} to ${fn} cannot be right`,
    'its owner has to look at it',
  );
