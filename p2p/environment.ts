/** The clock, the timers and the dice of a network: real ones, or a simulator's. */
export interface Environment {
  /** Milliseconds, from any origin, never backwards. */
  now(): number;
  /** Runs `task` once, `ms` milliseconds from now, never at once; the result cancels it. */
  after(ms: number, task: () => void): () => void;
  /** In [0, 1). */
  random(): number;
}

/** Real time. Its timers do not keep a process alive. */
export const systemEnvironment: Environment = {
  now: () => performance.now(),
  after(ms, task) {
    if (ms <= 0) {
      const immediate = setImmediate(task);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(task, ms).unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Virtual time: nothing happens until {@link VirtualTime.run} says so, and then always in the same order. */
export interface VirtualTime extends Environment {
  /** Runs what falls due within the next `ms` milliseconds, promises in between included. */
  run(ms: number): Promise<void>;
}

interface Due {
  readonly at: number;
  readonly sequence: number;
  readonly task: () => void;
}

/** @param seed any integer: the same seed gives the same dice. */
export function virtualTime(seed: number): VirtualTime {
  let time = 0;
  let sequence = 0;
  const due: Due[] = [];
  return {
    now: () => time,
    random: seededRandom(seed),
    after(ms, task) {
      const entry: Due = { at: time + Math.max(0, ms), sequence: sequence++, task };
      insert(due, entry);
      return () => {
        const index = due.indexOf(entry);
        if (index >= 0) due.splice(index, 1);
      };
    },
    async run(ms) {
      const end = time + ms;
      for (let next = due[0]; next !== undefined && next.at <= end; next = due[0]) {
        due.shift();
        time = next.at;
        next.task();
        // Promises that the task settled go first, as they would between two real timers.
        await new Promise(resolve => setImmediate(resolve));
      }
      time = end;
    },
  };
}

function insert(due: Due[], entry: Due): void {
  let low = 0;
  let high = due.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = due[middle];
    if (
      other !== undefined &&
      (other.at < entry.at || (other.at === entry.at && other.sequence < entry.sequence))
    )
      low = middle + 1;
    else high = middle;
  }
  due.splice(low, 0, entry);
}

/** Numbers in [0, 1), always the same ones for a seed. */
export function seededRandom(seed: number): () => number {
  let n = 0;
  return () => randomAt(seed, n++);
}

/** Number `n`, from zero, of a seed: a 32-bit counter through an integer hash (splitmix32). */
export function randomAt(seed: number, n: number): number {
  const state = (seed + Math.imul(n + 1, 0x9e3779b9)) | 0;
  let mixed = state ^ (state >>> 16);
  mixed = Math.imul(mixed, 0x21f0aaad);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x735a2d97);
  mixed ^= mixed >>> 15;
  return (mixed >>> 0) / 4294967296;
}
