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
import { messageOf, Refusal } from '../errors.ts';
import type { Json } from '../protocol/index.ts';
import { attempt, type Check, type Failed, isPassing, refusalOf, refusalOfAll } from './attempt.ts';
import { leastLoaded } from './choose.ts';
import { createRouter, type Request, type Router, type RouterOptions, type Site } from './router.ts';

export interface ReplicaSetOptions extends RouterOptions {
  /** Whether a call may be done twice; true when absent. */
  readonly repeatable?: boolean | undefined;
  /** Whether an answer can be right. A child whose answer cannot is taken for a broken one, and another is asked. */
  readonly check?: Check | undefined;
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
      const outcome = await attempt(site, request, child, options.check);
      if (outcome.kind === 'answered') {
        blameOthers(site, failures);
        return outcome.result;
      }
      failures.push(outcome);
      giveUpIfFinal(options, request, outcome);
    }
    if (!failures.some(isPassing) && !site.children.isRecovering()) break;
  }
  throw refusalOfAll(request, failures);
}

/** The same request was answered by another child: it was not the request. */
function blameOthers({ children }: Site, failures: readonly Failed[]): void {
  for (const { child, error, verdict } of failures)
    if (verdict.fault === 'unclear') children.blame(child, error);
}

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
