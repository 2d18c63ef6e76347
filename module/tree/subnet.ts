/**
 * Subnets (seed 0, "example of module trees"): children that compete for the parent's requests. Each call goes to some of
 * them, drawn by weight; the parent scores what they answer, the best answer is the call's, and the scores are the
 * weights of the next calls. As in a replica set, the caller pays the parent once and the parent pays nobody per call.
 *
 * @example
 * const subnet = createSubnet({ score: answer => (isGood(answer) ? 10_000 : 0) });
 * export default defineModule({ alias: 'lab', functions: { write: subnet.serve({ price: 1_000n }) } });
 */
import { ModuleError, messageOf } from '../errors.ts';
import type { Json } from '../protocol/index.ts';
import { attempt, type Failed, isPassing, type Outcome, refusalOfAll } from './attempt.ts';
import type { Child } from './children.ts';
import { drawByWeight } from './choose.ts';
import { createRouter, type Request, type Router, type RouterOptions, type Site } from './router.ts';
import { afterAnswer, gainOf, isScore, openScores, pointsOf, type Scores, weightsOf } from './scores.ts';
import { checkPlan, keepShares, type ProposedShares, proposeShares, type SharePlan } from './shares.ts';

export interface SubnetOptions extends RouterOptions {
  /**
   * How good an answer is, as a whole number from 0 to 10,000. What it throws, or returns otherwise, counts as 0: an
   * answer that cannot be judged is a bad one.
   */
  readonly score: (answer: Json, params: object) => number | Promise<number>;
  /** What an answer needs to be given to the caller; 1 when absent, so that 0 is for what is of no use. */
  readonly minScore?: number | undefined;
  /** How many children each call goes to; 2 when absent. */
  readonly ask?: number | undefined;
  /** After so many calls half of an old score is left; until then a new child is drawn like the best. 20 when absent. */
  readonly halfLifeCalls?: number | undefined;
  /** What each child gets on top of its points, as a part of all points in 1/10,000; 500 when absent. */
  readonly floorBps?: number | undefined;
  /** Milliseconds that the others have after the first answer; 1,000 when absent. */
  readonly patienceMs?: number | undefined;
  /** Under which name the scores are kept; needed where a module has several subnets. */
  readonly name?: string | undefined;
  /** Proposes shares by the scores in each epoch, by itself; without it see {@link Subnet.proposeShares}. */
  readonly shares?: SharePlan | undefined;
}

export interface ChildScore {
  readonly child: number;
  readonly alias: string;
  /** 0 to 10,000. */
  readonly points: number;
  readonly calls: number;
  readonly shareBps: number;
}

export interface Subnet extends Router {
  /** Of the children of now, by module id. */
  scores(): ChildScore[];
  /**
   * Proposes to each child the share that its score has earned. What children accept holds from the next epoch. Where
   * a share can only grow after another one has shrunk, it waits for the other child: call it again.
   */
  proposeShares(plan: SharePlan): Promise<ProposedShares>;
}

const MAX_ROUNDS = 5;
const FIRST_PAUSE_MS = 25;

interface Contest {
  readonly score: SubnetOptions['score'];
  readonly ask: number;
  readonly minScore: number;
  readonly floorBps: number;
  readonly patienceMs: number;
  readonly halfLifeCalls: number;
  readonly gain: number;
}

export function createSubnet(options: SubnetOptions): Subnet {
  const {
    score,
    ask = 2,
    minScore = 1,
    floorBps = 500,
    patienceMs = 1_000,
    halfLifeCalls = 20,
    name = 'subnet',
    shares,
  } = options;
  const kind = options.kind ?? 'subnet';
  const contest: Contest = {
    score,
    ask,
    minScore,
    floorBps,
    patienceMs,
    halfLifeCalls,
    gain: gainOf(halfLifeCalls),
  };
  if (!Number.isInteger(ask) || ask < 1)
    throw new RangeError('a subnet asks a whole number of children, from 1');
  if (!/^[a-z0-9-]{1,40}$/.test(name))
    throw new RangeError('the name of a subnet has letters, digits and dashes');
  if (shares !== undefined) checkPlan(shares);
  let here: { readonly site: Site; readonly scores: Scores } | null = null;

  const router = createRouter(
    { ...options, kind },
    (site, request) => compete({ site, scores: opened().scores, contest }, request),
    async site => {
      const { chainId } = await site.chain.getNodeInfo();
      const scores = await openScores(site.dir, name, `${chainId} ${site.key.address}`);
      here = { site, scores };
      const stop = shares === undefined ? null : await keepShares(site, kind, weightOf(scores), shares);
      return async () => {
        here = null;
        await stop?.();
        await scores.close();
      };
    },
  );

  function opened(): { readonly site: Site; readonly scores: Scores } {
    if (here === null) throw new RangeError('the subnet is not open');
    return here;
  }

  return {
    ...router,
    scores: () =>
      router.children().map(({ id, alias, account, shareBps }) => {
        const score = opened().scores.of(account);
        return { child: id, alias, points: pointsOf(score), calls: score.calls, shareBps };
      }),
    proposeShares: plan => proposeShares(opened().site, kind, weightOf(opened().scores), plan),
  };
}

const weightOf =
  (scores: Scores) =>
  ({ account }: Child): number =>
    pointsOf(scores.of(account));

interface Stage {
  readonly site: Site;
  readonly scores: Scores;
  readonly contest: Contest;
}

async function compete(stage: Stage, request: Request): Promise<Json> {
  const { children, clock } = stage.site;
  const failures: Failed[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (round > 0) await clock.wait(FIRST_PAUSE_MS << (round - 1));
    const over = new Set(failures.filter(failure => !isPassing(failure)).map(({ child }) => child.id));
    for (;;) {
      const drawn = draw(
        stage,
        children.usable().filter(({ id }) => !over.has(id)),
      );
      if (drawn.length === 0) break;
      for (const { id } of drawn) over.add(id);
      const outcomes = await askAll(stage, request, drawn);
      const best = await judge(stage, request, outcomes);
      if (best !== null) return best.result;
      failures.push(...outcomes.map(failureOf));
    }
    if (!failures.some(isPassing) && !children.isRecovering()) break;
  }
  throw refusalOfAll(request, failures);
}

function draw({ site, scores, contest }: Stage, open: readonly Child[]): Child[] {
  const weights = weightsOf(
    open.map(({ account }) => scores.of(account)),
    contest.floorBps,
    contest.halfLifeCalls,
  );
  const items = open.map((child, index) => ({ child, weight: weights[index] ?? 1 }));
  return drawByWeight(items, ({ weight }) => weight, contest.ask, site.random).map(({ child }) => child);
}

/** Asks them at once. After the first answer the others have a little time left, and are given up then. */
async function askAll(
  { site, contest }: Stage,
  request: Request,
  drawn: readonly Child[],
): Promise<Outcome[]> {
  const giveUp = new AbortController();
  const patience = { forget: (): void => undefined, isRunning: false };
  const outcomes = drawn.map(async child => {
    const outcome = await attempt(site, request, child, undefined, giveUp.signal);
    if (outcome.kind === 'answered' && !patience.isRunning) {
      patience.isRunning = true;
      patience.forget = site.clock.after(contest.patienceMs, () => giveUp.abort());
    }
    return outcome;
  });
  try {
    return await Promise.all(outcomes);
  } finally {
    patience.forget();
    // Where one of them threw, nobody waits for the others.
    giveUp.abort();
  }
}

/** An answer that is of no use is a failure, too. */
function failureOf(outcome: Outcome): Failed {
  if (outcome.kind === 'failed') return outcome;
  const { child } = outcome;
  const error = new ModuleError('BAD_ANSWER', 'its answer is of no use', 'its owner has to look at it');
  return { kind: 'failed', child, error, verdict: { ran: 'maybe', fault: 'child' } };
}

interface Scored {
  readonly result: Json;
  readonly score: number;
}

/** Gives every child its score and finds the best answer, the first of equals; null if there is none. */
async function judge(stage: Stage, request: Request, outcomes: readonly Outcome[]): Promise<Scored | null> {
  const somebody = outcomes.some(({ kind }) => kind === 'answered');
  let best: Scored | null = null;
  for (const outcome of outcomes) {
    const score =
      outcome.kind === 'answered'
        ? await scoreOf(stage, request, outcome)
        : scoreOfFailure(outcome, somebody);
    if (score === null) continue;
    const { account } = outcome.child;
    await stage.scores.put(account, afterAnswer(stage.scores.of(account), score, stage.contest.gain));
    const isUseful = score >= stage.contest.minScore && (best === null || score > best.score);
    if (outcome.kind === 'answered' && isUseful) best = { result: outcome.result, score };
  }
  return best;
}

/** A failure that is not the child's is not scored; one that may be the request's is, if somebody answered that. */
function scoreOfFailure({ verdict: { fault } }: Failed, somebody: boolean): number | null {
  if (fault === 'busy' || fault === 'nobody') return null;
  if (fault === 'unclear' || fault === 'request') return somebody ? 0 : null;
  return 0;
}

async function scoreOf(
  { site: { log }, contest }: Stage,
  { fn, params }: Request,
  { child, result }: { readonly child: Child; readonly result: Json },
): Promise<number> {
  try {
    const score = await contest.score(result, params);
    if (isScore(score)) return score;
    log.warn({ child: child.alias, fn, score: String(score) }, 'no score: it is a whole number up to 10,000');
  } catch (error) {
    log.warn({ child: child.alias, fn, error: messageOf(error) }, 'an answer cannot be scored');
  }
  return 0;
}
