/**
 * Every decision that a schedule leaves open is a number drawn from one of these streams. The streams are apart, so
 * that a schedule without, say, its crashes is still much like the schedule with them: that is what shrinking needs.
 * A draw of 0 always stands for what is simplest: no fault, no delay, the first of a list.
 */
export const STREAMS = ['setup', 'network', 'crash', 'lie', 'application'] as const;
export type StreamName = (typeof STREAMS)[number];

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** True with this probability; never for a draw of 0. */
  chance(probability: number): boolean;
  /** An integer from 0 to below - 1. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T | undefined;
}

export type Choices = { readonly [stream in StreamName]: Random };

/** What was drawn, as 32-bit numbers. After the end of a list everything is 0. */
export type Draws = { readonly [stream in StreamName]: readonly number[] };

const RANGE = 2 ** 32;

class Stream implements Random {
  readonly #draw: () => number;

  constructor(draw: () => number) {
    this.#draw = draw;
  }

  next(): number {
    return this.#draw() / RANGE;
  }

  chance(probability: number): boolean {
    return this.#draw() >= RANGE * (1 - probability);
  }

  below(below: number): number {
    return Math.floor((this.#draw() / RANGE) * below);
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }
}

/** xorshift32 after a mixing of seed and stream: the same seed gives the same schedule on every machine. */
function generator(seed: number, stream: number): () => number {
  let state = Math.imul(seed ^ 0x5bd1e995 ^ Math.imul(stream + 1, 0x9e3779b1), 0x27d4eb2d) | 0;
  state = (state ^ (state >>> 15)) | 0;
  if (state === 0) state = 0x1234567;
  const draw = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  // Seeds that differ little start alike; a few rounds take them apart.
  for (let round = 0; round < 8; round++) draw();
  return draw;
}

const perStream = <T>(make: (stream: StreamName, index: number) => T): { [stream in StreamName]: T } => ({
  setup: make('setup', 0),
  network: make('network', 1),
  crash: make('crash', 2),
  lie: make('lie', 3),
  application: make('application', 4),
});

export const choicesOf = (seed: number): Choices =>
  perStream((_, index) => new Stream(generator(seed, index)));

/** The choices of a seed, and the list that they were: it grows as they are drawn. */
export function recordedChoices(seed: number): { readonly choices: Choices; readonly draws: Draws } {
  const draws = perStream((): number[] => []);
  const choices = perStream((stream, index) => {
    const draw = generator(seed, index);
    return new Stream(() => {
      const number = draw();
      draws[stream].push(number);
      return number;
    });
  });
  return { choices, draws };
}

/** The choices that a list tells. */
export const replayedChoices = (draws: Draws): Choices =>
  perStream(stream => {
    const list = draws[stream];
    let index = 0;
    return new Stream(() => list[index++] ?? 0);
  });
