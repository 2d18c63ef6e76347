/** Chance with a seed, so that a choice by weight can be made again in a test. */

/** A whole number from 0 to 2^32 - 1, each as likely as any other. */
export type Random = () => number;

export const systemRandom: Random = () => {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value;
};

/** The same numbers for the same seed: a 32-bit counter, mixed (splitmix32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

const RANGE = 2 ** 32;

/** A whole number from 0 to `end` - 1, each as likely as any other; `end` is at most 2^32. */
export function below(end: number, random: Random): number {
  const fair = RANGE - (RANGE % end);
  for (;;) {
    const value = random();
    if (value < fair) return value % end;
  }
}
