/** Time for the parts of a tree that wait: the machine's, or a test's. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Runs later, once; returns what takes that back. Keeps no process alive. */
  after(ms: number, then: () => void): () => void;
  /** Resolves later; somebody waits for it. */
  wait(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  wait: ms => new Promise(resolve => setTimeout(resolve, ms)),
};
