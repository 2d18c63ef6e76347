import type { Mutant } from './mutants.ts';
import { simulate } from './world.ts';

export interface Result {
  readonly schedules: number;
  readonly seconds: number;
  readonly events: number;
  readonly evidence: number;
  /** The first seed that broke a promise, with the promise; null if none did. */
  readonly failure: { readonly seed: number; readonly error: unknown } | null;
}

/** Runs schedules from `seed` on, up to the first failure. */
export function runSchedules(seed: number, schedules: number, nodes: number, mutant: Mutant): Result {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  let events = 0;
  let evidence = 0;
  for (let index = 0; index < schedules; index++) {
    try {
      const report = simulate({ seed: seed + index, nodes, mutant });
      events += report.events;
      evidence += report.evidence > 0 ? 1 : 0;
    } catch (error) {
      const failure = { seed: seed + index, error };
      return { schedules: index + 1, seconds: seconds(), events, evidence, failure };
    }
  }
  return { schedules, seconds: seconds(), events, evidence, failure: null };
}
