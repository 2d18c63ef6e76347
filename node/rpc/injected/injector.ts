/**
 * Faulty answers on purpose, so that programs can be tested against a bad RPC. Sits between a transport and whoever
 * answers, and takes messages apart only while rules are in force.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { randomAt } from '../../../p2p/environment.ts';
import type { RpcFaultCounters, RpcFaultRulesJson, RpcFaultsJson } from '../../client/wireRpcFaults.ts';
import { isDeeperThan } from '../depth.ts';
import { RPC_ERRORS } from '../errors.ts';
import type { RpcLimits } from '../options.ts';
import { idOf, isNotification, isRequest, type Request } from '../request.ts';
import { createMemory } from './memory.ts';

/** Answers a message; null for nothing. */
type Next = (text: string) => Promise<string | null>;

export interface Carried {
  readonly text: string | null;
  /** Something was to be answered and is not: a transport that can break off does. */
  readonly dropped: boolean;
  /** What was done to this message, for the response header; null when nothing is in force. */
  readonly told: string | null;
}

export interface Injector {
  readonly isActive: () => boolean;
  set(rules: RpcFaultRulesJson): RpcFaultsJson;
  report(): RpcFaultsJson;
  /** Since the start, whatever the rules were. */
  totals(): RpcFaultCounters;
  carry(text: string, next: Next): Promise<Carried>;
}

/** Never touched: what ends the faults, and ids of subscriptions that nobody would ever learn. */
export const isSpared = (method: string): boolean => /^dev_|_(un)?subscribe$/.test(method);

/** To repeat an old answer of these would be to say that something was done. */
const CHANGES = /^tx_(submit|wait)/;

type Fate =
  | { readonly kind: 'pass'; readonly remember: boolean }
  | { readonly kind: 'error' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'stale'; readonly result: string };

/** Dice of one request: one number each, in this order. */
const DICE = { error: 0, drop: 1, stale: 2, jitter: 3, each: 4 } as const;

const NONE: Omit<RpcFaultsJson, 'counters'> = {
  latency: 0,
  jitter: 0,
  errorRate: 0,
  stale: 0,
  drop: 0,
  methods: null,
  seed: 0,
};
const ZERO: RpcFaultCounters = { delayed: 0, errors: 0, stale: 0, dropped: 0 };

export function createInjector({ batchLength, depth }: Pick<RpcLimits, 'batchLength' | 'depth'>): Injector {
  let rules = NONE;
  let counters = ZERO;
  let totals = ZERO;
  let thrown = 0;
  let memory = createMemory();

  const isActive = (): boolean =>
    rules.latency + rules.jitter + rules.errorRate + rules.stale + rules.drop > 0;

  const isAffected = (request: unknown): request is Request =>
    isRequest(request) &&
    !isSpared(request.method) &&
    (rules.methods === null || rules.methods.includes(request.method));

  function count(done: RpcFaultCounters): void {
    counters = sum(counters, done);
    totals = sum(totals, done);
  }

  function fateOf(request: unknown): Fate {
    if (!isAffected(request)) return { kind: 'pass', remember: false };
    const at = DICE.each * thrown++;
    const falls = (die: number, percent: number): boolean => randomAt(rules.seed, at + die) * 100 < percent;
    if (falls(DICE.error, rules.errorRate)) return { kind: 'error' };
    if (falls(DICE.drop, rules.drop)) return { kind: 'drop' };
    const repeatable = rules.stale > 0 && !CHANGES.test(request.method);
    const old = repeatable && falls(DICE.stale, rules.stale) ? memory.oldest(request) : null;
    return old === null ? { kind: 'pass', remember: repeatable } : { kind: 'stale', result: old };
  }

  function delayOf(requests: readonly unknown[]): number {
    if (rules.latency + rules.jitter === 0 || !requests.some(isAffected)) return 0;
    const die = randomAt(rules.seed, DICE.each * Math.max(0, thrown - 1) + DICE.jitter);
    return rules.latency + Math.floor(die * (rules.jitter + 1));
  }

  return {
    isActive,
    report: () => ({ ...rules, counters }),
    totals: () => totals,
    set({ methods = null, ...given }) {
      rules = { ...NONE, ...defined(given), methods };
      counters = ZERO;
      thrown = 0;
      memory = createMemory();
      return { ...rules, counters };
    },

    async carry(text, next) {
      if (!isActive()) return { text: await next(text), dropped: false, told: null };
      const message = isDeeperThan(text, depth) ? undefined : parsed(text);
      const isBatch = Array.isArray(message);
      const requests: readonly unknown[] = isBatch ? message : [message];
      // What is no message at all, or more than anybody answers, is refused as ever.
      if (requests.length > batchLength || requests.length === 0 || message === undefined)
        return { text: await next(text), dropped: false, told: 'none' };
      const fates = requests.map(request => [request, fateOf(request)] as const);
      const delay = delayOf(requests);
      const answered = await answersTo(fates, isBatch, next);
      const done = countsOf(fates, delay);
      count(done);
      if (delay > 0) await pause(delay, undefined, { ref: false });
      const dropped =
        answered === null && fates.some(([request, { kind }]) => kind === 'drop' && !isNotification(request));
      return { text: answered, dropped, told: toldOf(done, delay) };
    },
  };

  /** In the order of the requests; null for no answer. */
  async function answersTo(
    fates: readonly (readonly [unknown, Fate])[],
    isBatch: boolean,
    next: Next,
  ): Promise<string | null> {
    const onward = fates.filter(([, { kind }]) => kind === 'pass' || kind === 'drop');
    const asked = onward.map(([request]) => request);
    const text = asked.length === 0 ? null : await next(JSON.stringify(isBatch ? asked : asked[0]));
    // One refusal of all of them, e.g. of a batch that could not be read.
    if (isBatch && text !== null && !text.startsWith('[')) return text;
    const given = text === null ? [] : [JSON.parse(text) as unknown].flat();
    const answers: string[] = [];
    for (const [request, fate] of fates) {
      if (isNotification(request)) continue;
      const answer = fate.kind === 'pass' || fate.kind === 'drop' ? given.shift() : ownAnswer(request, fate);
      if (fate.kind === 'pass' && fate.remember) memory.remember(request as Request, answer);
      if (fate.kind !== 'drop') answers.push(typeof answer === 'string' ? answer : JSON.stringify(answer));
    }
    const [first = null] = answers;
    return isBatch && first !== null ? `[${answers.join(',')}]` : first;
  }
}

function ownAnswer(request: unknown, fate: Extract<Fate, { kind: 'error' | 'stale' }>): string {
  const id = JSON.stringify(idOf(request));
  return fate.kind === 'stale'
    ? `{"jsonrpc":"2.0","id":${id},"result":${fate.result}}`
    : `{"jsonrpc":"2.0","id":${id},"error":${INJECTED}}`;
}

const INJECTED = JSON.stringify({
  code: RPC_ERRORS.INJECTED_FAULT[0],
  message: 'a fault on purpose: this request was not carried out',
  data: { name: 'INJECTED_FAULT', hint: RPC_ERRORS.INJECTED_FAULT[1] },
});

function countsOf(fates: readonly (readonly [unknown, Fate])[], delay: number): RpcFaultCounters {
  const of = (wanted: Fate['kind']): number => fates.filter(([, { kind }]) => kind === wanted).length;
  return { delayed: delay > 0 ? 1 : 0, errors: of('error'), stale: of('stale'), dropped: of('drop') };
}

/** `delayed=120, errors=1`, or `none`. */
function toldOf({ errors, stale, dropped }: RpcFaultCounters, delay: number): string {
  const parts = Object.entries({ delayed: delay, errors, stale, dropped }).filter(([, many]) => many > 0);
  return parts.map(([kind, many]) => `${kind}=${many}`).join(', ') || 'none';
}

const sum = (a: RpcFaultCounters, b: RpcFaultCounters): RpcFaultCounters => ({
  delayed: a.delayed + b.delayed,
  errors: a.errors + b.errors,
  stale: a.stale + b.stale,
  dropped: a.dropped + b.dropped,
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

const defined = (given: object): object =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
