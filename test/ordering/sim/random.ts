/** A small seeded generator (xorshift32 after a mixing of the seed): the same seed gives the same schedule anywhere. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** An integer from 0 to below - 1. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T | undefined;
}

export function createRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x27d4eb2d) | 0;
  state = (state ^ (state >>> 15)) | 0;
  if (state === 0) state = 0x1234567;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  // Seeds that differ little start alike; a few rounds take them apart.
  for (let round = 0; round < 8; round++) next();
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    chance: probability => next() < probability,
    below,
    pick: items => items[below(items.length)],
  };
}
