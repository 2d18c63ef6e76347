/**
 * A failing schedule made small. Its draws are kept as lists, and chunks of them are set to 0, which means no fault
 * and no delay, or cut out; what still breaks the same promise stays (delta debugging).
 */
import { type Draws, recordedChoices, replayedChoices, STREAMS, type StreamName } from './choices.ts';
import { type Failure, failureOf } from './run.ts';
import { type Scenario, simulate } from './world.ts';

export interface Shrunk {
  readonly draws: Draws;
  readonly failure: Failure;
  /** Draws that are not 0, before and after. */
  readonly before: number;
  readonly after: number;
  /** Schedules that were tried. */
  readonly tries: number;
}

/** Bounds the work: a few seconds for most schedules. */
const MAX_TRIES = 1500;

/** null if the schedule does not fail. */
export function shrink(scenario: Scenario, maxTries = MAX_TRIES): Shrunk | null {
  const { choices, draws: first } = recordedChoices(scenario.seed);
  const original = attempt({ ...scenario, choices });
  if (original === null) return null;
  let best = structuredClone(first);
  let failure = original;
  let tries = 0;

  function keepIfItFails(candidate: Draws): boolean {
    if (tries >= maxTries) return false;
    tries++;
    const found = attempt({ ...scenario, choices: replayedChoices(candidate) });
    if (found === null || found.what !== original?.what) return false;
    best = candidate;
    failure = found;
    return true;
  }

  for (let before = Number.POSITIVE_INFINITY; weight(best) < before && tries < maxTries; ) {
    before = weight(best);
    for (const stream of STREAMS) keepIfItFails({ ...best, [stream]: [] });
    for (const stream of STREAMS) shrinkStream(stream, () => best, keepIfItFails);
  }
  return { draws: best, failure, before: weight(first), after: weight(best), tries };
}

/** Halves, quarters, and so on down to single draws. */
function shrinkStream(stream: StreamName, best: () => Draws, keepIfItFails: (draws: Draws) => boolean): void {
  for (let size = best()[stream].length; size >= 1; size = Math.floor(size / 2))
    for (let start = 0; start < best()[stream].length; start += size) {
      const list = best()[stream];
      const chunk = list.slice(start, start + size);
      if (chunk.every(draw => draw === 0)) continue;
      const [head, tail] = [list.slice(0, start), list.slice(start + size)];
      const zeroed = trimmed([...head, ...chunk.map(() => 0), ...tail]);
      if (keepIfItFails({ ...best(), [stream]: zeroed })) continue;
      keepIfItFails({ ...best(), [stream]: [...head, ...tail] });
    }
}

/** Zeros at the end are what follows anyway. */
function trimmed(list: readonly number[]): readonly number[] {
  let length = list.length;
  while (length > 0 && list[length - 1] === 0) length--;
  return list.slice(0, length);
}

const weight = (draws: Draws): number =>
  STREAMS.reduce((sum, stream) => sum + draws[stream].filter(draw => draw !== 0).length, 0);

function attempt(scenario: Scenario): Failure | null {
  try {
    simulate(scenario);
    return null;
  } catch (error) {
    return failureOf(scenario.seed, error);
  }
}
