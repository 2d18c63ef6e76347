/**
 * Whether a child can be asked, as a value: a circuit breaker. Three failures in a row, or one that leaves no doubt, take
 * it out (`down`); then it is probed with growing pauses; the first probe that succeeds lets one call through (`trial`),
 * and that call decides.
 */
export interface Health {
  readonly phase: 'up' | 'down' | 'trial';
  /** Failures in a row. */
  readonly failures: number;
  /** While it is down: when the next probe is due, in milliseconds. */
  readonly until: number;
  /** The last pause between probes, in milliseconds. */
  readonly pauseMs: number;
  /** What failed last; null while nothing has. */
  readonly reason: string | null;
}

export const HEALTHY: Health = { phase: 'up', failures: 0, until: 0, pauseMs: 0, reason: null };

const FAILURES = 3;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 15_000;

export interface Failure {
  readonly now: number;
  readonly reason: string;
  /** There is no doubt that it cannot serve: nobody listens, or it is about to stop. */
  readonly certain: boolean;
  /** 0 to 255: up to a quarter of the pause more, so that many parents do not come back at once. */
  readonly jitter: number;
}

export function afterFailure(health: Health, { now, reason, certain, jitter }: Failure): Health {
  // Calls that were under way when it went down add nothing.
  if (health.phase === 'down' && now < health.until) return health;
  const failures = health.failures + 1;
  if (health.phase === 'up' && !certain && failures < FAILURES) return { ...health, failures, reason };
  const pauseMs = Math.min(Math.max(health.pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
  const until = now + pauseMs + Math.floor((pauseMs * jitter) / 1024);
  return { phase: 'down', failures, until, pauseMs, reason };
}

/** Somebody answers there. Only a call that is answered makes it healthy. */
export const afterProbe = (health: Health): Health =>
  health.phase === 'down' ? { ...health, phase: 'trial' } : health;

/** Whether a call may go there while `inFlight` are under way. */
export const isUsable = (health: Health, inFlight: number): boolean =>
  health.phase === 'up' || (health.phase === 'trial' && inFlight === 0);
