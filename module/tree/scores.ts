/** How good the children of a subnet are: a moving average of the scores that their answers got, in whole numbers. */
import { join } from 'node:path';
import {
  type Account,
  decode,
  encode,
  fromHex,
  struct,
  type TypeOf,
  u53,
} from '../../consensus/interface/index.ts';
import { openLevel } from '../level.ts';

/** The best score of an answer; the worst is 0. */
export const MAX_SCORE = 10_000;

/** Averages are kept in 1/65,536 of a score, so that small steps are not lost in rounding. */
const SCALE = 65_536;
const MAX_HALF_LIFE = 10_000;

const Score = struct({
  /** In 1/65,536 of a score. */
  average: u53,
  calls: u53,
});
export type Score = TypeOf<typeof Score>;

/** A child that was never asked. */
export const NO_SCORE: Score = { average: 0, calls: 0 };

/** What one answer moves the average by, in 1/65,536: half of the old is left after so many answers. */
export function gainOf(halfLifeCalls: number): number {
  if (!Number.isInteger(halfLifeCalls) || halfLifeCalls < 1 || halfLifeCalls > MAX_HALF_LIFE)
    throw new RangeError(`the half-life of scores is a whole number of calls from 1 to ${MAX_HALF_LIFE}`);
  return Math.round(SCALE * (1 - 2 ** (-1 / halfLifeCalls)));
}

export const isScore = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SCORE;

export function afterAnswer({ average, calls }: Score, score: number, gain: number): Score {
  const step = Math.trunc(((score * SCALE - average) * gain) / SCALE);
  return { average: average + step, calls: calls + 1 };
}

/** A whole score, 0 to 10,000. */
export const pointsOf = ({ average }: Score): number => Math.floor(average / SCALE);

/**
 * The weights by which children are drawn: their points, and on top of them for each the same part of all points, so
 * that one that was bad can come back. A child that was asked less than `provingCalls` times is drawn like the best one:
 * its parent has let it in, and so many calls are what it gets to prove itself. At least 1.
 */
export function weightsOf(scores: readonly Score[], floorBps: number, provingCalls: number): number[] {
  const points = scores.map(pointsOf);
  const best = Math.max(0, ...points);
  const total = points.reduce((sum, each) => sum + each, 0);
  const floor = Math.max(1, Math.floor((total * floorBps) / 10_000));
  return scores.map((score, index) => (score.calls < provingCalls ? best : (points[index] ?? 0)) + floor);
}

export interface Scores {
  of(child: Account): Score;
  /** Survives the death of the process. */
  put(child: Account, score: Score): Promise<void>;
  close(): Promise<void>;
}

/** In a directory, or with null only as long as the process lives. `owner` as in {@link openLevel}. */
export async function openScores(dir: string | null, name: string, owner: string): Promise<Scores> {
  const known = new Map<Account, Score>();
  const of = (child: Account): Score => known.get(child) ?? NO_SCORE;
  if (dir === null)
    return { of, put: async (child, score) => void known.set(child, score), close: async () => undefined };
  const database = await openLevel(join(dir, `scores-${name}`), owner);
  for await (const [key, value] of database.iterator({ gte: SCORES, lt: AFTER_SCORES }))
    known.set(`0x${Buffer.from(key.subarray(SCORES.length)).toString('hex')}`, decode(Score, value));
  return {
    of,
    put(child, score) {
      known.set(child, score);
      return database.put(Buffer.concat([SCORES, fromHex(child)]), encode(Score, score));
    },
    close: () => database.close(),
  };
}

const SCORES = Buffer.from('s');
const AFTER_SCORES = Buffer.from('t');
