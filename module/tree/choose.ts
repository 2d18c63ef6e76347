/** Which child is asked: the least loaded of equals, or some by weight. */
import { below, type Random } from './random.ts';

export interface Load {
  /** Calls under way. */
  readonly inFlight: number;
  /** Estimate of an answer's time, in microseconds. */
  readonly micros: number;
}

/**
 * The one with the fewest calls under way; among those the fastest, where times count as equal up to a factor of two, so
 * that equal children get equal work; among those the next in turn.
 */
export function leastLoaded<Item extends Load>(items: readonly Item[], turn: number): Item | undefined {
  let best: Item | undefined;
  for (let step = 0; step < items.length; step++) {
    const item = items[(turn + step) % items.length];
    if (item !== undefined && (best === undefined || isLess(item, best))) best = item;
  }
  return best;
}

const isLess = (a: Load, b: Load): boolean =>
  a.inFlight !== b.inFlight ? a.inFlight < b.inFlight : magnitude(a.micros) < magnitude(b.micros);

const magnitude = (micros: number): number => 32 - Math.clz32(micros);

/**
 * `count` different items, or all if there are fewer, each drawn with a chance in proportion to its weight among those
 * that are left. Weights are whole numbers from 1, their sum is at most 2^32.
 */
export function drawByWeight<Item>(
  items: readonly Item[],
  weightOf: (item: Item) => number,
  count: number,
  random: Random,
): Item[] {
  const left = items.map(item => ({ item, weight: weightOf(item) }));
  const drawn: Item[] = [];
  while (drawn.length < count && left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let place = below(total, random);
    const index = left.findIndex(({ weight }) => {
      place -= weight;
      return place < 0;
    });
    drawn.push(...left.splice(index, 1).map(({ item }) => item));
  }
  return drawn;
}
