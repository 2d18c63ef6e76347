/** Many schedules, one after the other. */
import { ChainError } from '../../../chain/index.ts';
import { OrderingError } from '../../../node/ordering/types.ts';
import { Violation } from './promises.ts';
import { type Scenario, simulate } from './world.ts';

export interface Failure {
  readonly seed: number;
  readonly error: Error;
  /** The promise that was broken, or the error by which the core stopped itself. */
  readonly what: string;
}

export interface Totals {
  readonly schedules: number;
  readonly seconds: number;
  readonly events: number;
  readonly heights: number;
  /** Schedules in which evidence was found, and in which the chain forked because too many were faulty. */
  readonly withEvidence: number;
  readonly forks: number;
  readonly refusals: ReadonlyMap<string, number>;
  /** The first schedule that broke a promise; null if none did. */
  readonly failure: Failure | null;
}

/** Runs schedules from `seed` on, up to the first failure. */
export function runSchedules(schedules: number, scenario: Scenario): Totals {
  const started = performance.now();
  const refusals = new Map<string, number>();
  const sums = { events: 0, heights: 0, withEvidence: 0, forks: 0 };
  let failure: Failure | null = null;
  let index = 0;
  for (; index < schedules && failure === null; index++) {
    const seed = scenario.seed + index;
    try {
      const report = simulate({ ...scenario, seed });
      sums.events += report.events;
      sums.heights += report.heights;
      sums.withEvidence += report.evidence > 0 ? 1 : 0;
      sums.forks += report.forked ? 1 : 0;
      for (const [reason, count] of report.refusals)
        refusals.set(reason, (refusals.get(reason) ?? 0) + count);
    } catch (error) {
      failure = failureOf(seed, error);
    }
  }
  return { ...sums, schedules: index, seconds: (performance.now() - started) / 1000, refusals, failure };
}

export function failureOf(seed: number, thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof Violation) return { seed, error, what: error.promise };
  const isNamed = error instanceof OrderingError || error instanceof ChainError;
  return { seed, error, what: isNamed ? `stopped: ${error.code}` : `stopped: ${error.name}` };
}
