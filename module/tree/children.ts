/** The children of a router: which there are, how each of them does, and calls to one of them. */
import type { LinkKind } from '../../consensus/interface/index.ts';
import type { Chain } from '../chain.ts';
import type { ModuleClient } from '../client/client.ts';
import { fetchDescription } from '../client/description.ts';
import { ModuleError, messageOf } from '../errors.ts';
import type { Json } from '../protocol/index.ts';
import type { Log } from '../server/site.ts';
import type { Load } from './choose.ts';
import type { Clock } from './clock.ts';
import { afterFailure, afterProbe, HEALTHY, type Health, isUsable } from './health.ts';
import { estimate, type Latency, observe, UNSEEN } from './latency.ts';
import { followNeighbours, type Neighbour } from './neighbours.ts';
import type { Random } from './random.ts';
import { verdictOf } from './verdict.ts';

export interface ChildrenOptions {
  readonly chain: Chain;
  /** With the parent's key. */
  readonly modules: ModuleClient;
  /** The parent's. */
  readonly address: string;
  readonly kinds: readonly LinkKind[];
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** A child that was not heard of for so many milliseconds is probed. */
  readonly probeMs: number;
}

export interface ChildCall {
  readonly fn: string;
  readonly params: object;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A child at one moment. */
export interface Child extends Neighbour, Load {
  readonly health: Health;
  /** Calls that it answered, and those that it failed. */
  readonly answered: number;
  readonly failed: number;
}

export interface Children {
  /** All, by module id. */
  all(): Child[];
  /** Those that can be asked now, by module id. */
  usable(): Child[];
  /** One that was down answers again and is being tried: a moment may be all it takes. */
  isRecovering(): boolean;
  /** Calls one of them. Rejects as {@link ModuleClient.call} does; what to think of the child is the caller's to say. */
  ask(child: Child, call: ChildCall): Promise<Json>;
  /** Its answer was taken. */
  praise(child: Child): void;
  /** It failed, for this reason. */
  blame(child: Child, error: unknown): void;
  /** It has too much to do: for a moment it is asked only if all have. */
  rest(child: Child): void;
  /** Looks at the chain now. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

interface Entry {
  neighbour: Neighbour;
  health: Health;
  latency: Latency;
  inFlight: number;
  answered: number;
  failed: number;
  /** Until when it rests, and when it was heard of last, in milliseconds. */
  restUntil: number;
  heardAt: number;
  forgetProbe: () => void;
}

const PROBE_TIMEOUT_MS = 2_000;
const REST_MS = 50;

/** Resolves when the children of now are known; rejects if the chain does not answer. */
export async function openChildren(options: ChildrenOptions): Promise<Children> {
  const { chain, modules, address, kinds, log, clock, random, probeMs } = options;
  const entries = new Map<number, Entry>();
  let stopped = false;

  function follow(neighbours: readonly Neighbour[]): void {
    const kept = new Set(neighbours.map(({ id }) => id));
    for (const [id, entry] of entries) if (!kept.has(id)) remove(id, entry);
    for (const neighbour of neighbours) {
      const known = entries.get(neighbour.id);
      if (known === undefined) add(neighbour);
      else {
        const moved = known.neighbour.url !== neighbour.url;
        known.neighbour = neighbour;
        // Nothing that was learned about the old place says anything about the new one.
        if (moved) setHealth(known, HEALTHY);
      }
    }
  }

  function add(neighbour: Neighbour): void {
    const now = clock.now();
    const counters = { inFlight: 0, answered: 0, failed: 0 };
    const entry = { neighbour, health: HEALTHY, latency: UNSEEN, ...counters, restUntil: 0, heardAt: now };
    const added: Entry = { ...entry, forgetProbe: () => undefined };
    entries.set(neighbour.id, added);
    arm(added);
    log.info({ child: neighbour.alias, url: neighbour.url }, 'a child has come');
  }

  function remove(id: number, { neighbour, forgetProbe }: Entry): void {
    forgetProbe();
    entries.delete(id);
    log.info({ child: neighbour.alias }, 'a child has gone');
  }

  function setHealth(entry: Entry, health: Health): void {
    const before = entry.health;
    entry.health = health;
    if (before === health) return;
    const child = entry.neighbour.alias;
    if (health.phase === 'down') log.warn({ child, reason: health.reason }, 'a child is down');
    if (health.phase === 'up' && before.phase !== 'up') log.info({ child }, 'a child is up again');
    if (before.until !== health.until || before.phase !== health.phase) arm(entry);
  }

  function fail(entry: Entry, error: unknown): void {
    const certain = verdictOf(error)?.fault === 'gone';
    const failure = {
      now: clock.now(),
      reason: messageOf(error).slice(0, 200),
      certain,
      jitter: random() & 255,
    };
    setHealth(entry, afterFailure(entry.health, failure));
  }

  /** Plans the next probe: at the end of the pause of one that is down, else when it was silent for long. */
  function arm(entry: Entry): void {
    entry.forgetProbe();
    if (stopped) return;
    const due = entry.health.phase === 'down' ? entry.health.until : entry.heardAt + probeMs;
    entry.forgetProbe = clock.after(Math.max(due - clock.now(), 1), () => visit(entry));
  }

  function visit(entry: Entry): void {
    if (entry.health.phase !== 'down' && clock.now() < entry.heardAt + probeMs) {
      arm(entry);
      return;
    }
    probe(entry).catch(report);
  }

  async function probe(entry: Entry): Promise<void> {
    const { url } = entry.neighbour;
    try {
      const found = await fetchDescription(url, { fetch: globalThis.fetch, timeoutMs: PROBE_TIMEOUT_MS });
      if (found.address !== entry.neighbour.address) throw elsewhere(entry.neighbour, found.address);
      if (url === entry.neighbour.url) setHealth(entry, afterProbe(entry.health));
    } catch (error) {
      if (url === entry.neighbour.url) fail(entry, error);
    } finally {
      entry.heardAt = clock.now();
      if (entries.get(entry.neighbour.id) === entry) arm(entry);
    }
  }

  const report = (error: unknown): void => log.error({ error: messageOf(error) }, 'a probe failed here');

  const shown = (entry: Entry): Child => {
    const { neighbour, health, inFlight, answered, failed } = entry;
    return { ...neighbour, health, inFlight, answered, failed, micros: estimate(entry.latency, clock.now()) };
  };
  const inOrder = (): Entry[] => [...entries.values()].sort((a, b) => a.neighbour.id - b.neighbour.id);

  const neighbours = await followNeighbours({
    chain,
    address,
    side: 'children',
    kinds,
    log,
    clock,
    onChange: follow,
  });

  return {
    all: () => inOrder().map(shown),
    usable() {
      const open = inOrder().filter(({ health, inFlight }) => isUsable(health, inFlight));
      const rested = open.filter(({ restUntil }) => restUntil <= clock.now());
      return (rested.length > 0 ? rested : open).map(shown);
    },
    isRecovering: () => [...entries.values()].some(({ health }) => health.phase === 'trial'),
    async ask(child, { fn, params, ...limits }) {
      const entry = entries.get(child.id);
      if (entry === undefined)
        throw new ModuleError('UNREACHABLE', `${child.alias} is no child any more`, 'ask another child');
      const { address: at, url } = entry.neighbour;
      const began = clock.now();
      entry.inFlight++;
      try {
        const { result } = await modules.call({ address: at, url }, fn, params, { ...limits, maxUsage: 0n });
        entry.latency = observe(entry.latency, clock.now() - began, clock.now());
        entry.heardAt = clock.now();
        return result;
      } finally {
        entry.inFlight--;
      }
    },
    praise(child) {
      const entry = entries.get(child.id);
      if (entry === undefined) return;
      entry.answered++;
      if (entry.neighbour.url === child.url) setHealth(entry, HEALTHY);
    },
    blame(child, error) {
      const entry = entries.get(child.id);
      if (entry === undefined) return;
      entry.failed++;
      // A child that has moved meanwhile is not judged by its old place.
      if (entry.neighbour.url === child.url) fail(entry, error);
    },
    rest(child) {
      const entry = entries.get(child.id);
      if (entry !== undefined) entry.restUntil = clock.now() + REST_MS;
    },
    refresh: neighbours.refresh,
    async stop() {
      stopped = true;
      await neighbours.stop();
      for (const { forgetProbe } of entries.values()) forgetProbe();
    },
  };
}

const elsewhere = ({ alias, address }: Neighbour, found: string): ModuleError =>
  new ModuleError(
    'TARGET_INVALID',
    `at the URL of ${alias} is ${found}, not ${address}`,
    'its owner sets the URL with devnet module update',
  );
