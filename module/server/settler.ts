/** Keeps settling: after each notice of the chain, and again with growing pauses while something is in the way. */
import { messageOf } from '../errors.ts';
import type { Log } from './site.ts';

export interface Settler {
  /** Something has happened; a pass follows. */
  wake(): void;
  /** Resolves after a pass that began after this call. Rejects with what was in its way. */
  settle(): Promise<void>;
  /** Resolves when the running pass is over; no other begins. */
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** `pass` resolves with false if something is left that only needs a moment, and rejects if it failed. */
export function createSettler(pass: () => Promise<boolean>, log: Log): Settler {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  let pause = FIRST_PAUSE_MS;
  let timer: NodeJS.Timeout | undefined;

  async function run(): Promise<void> {
    do {
      again = false;
      const done = await pass();
      pause = done ? FIRST_PAUSE_MS : nextPause();
      if (!done) later();
    } while (again && !stopped);
  }

  function nextPause(): number {
    return Math.min(pause * 2, LONGEST_PAUSE_MS);
  }

  function later(): void {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(wake, pause);
    timer.unref();
  }

  function settle(): Promise<void> {
    if (stopped) return Promise.resolve();
    clearTimeout(timer);
    if (running !== null) {
      again = true;
      return running;
    }
    running = run().finally(() => {
      running = null;
    });
    return running;
  }

  function wake(): void {
    settle().catch((error: unknown) => {
      log.warn({ error: messageOf(error), pause }, 'cannot settle now, will try again');
      pause = nextPause();
      later();
    });
  }

  return {
    wake,
    settle,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running?.catch((error: unknown) =>
        log.warn({ error: messageOf(error) }, 'stopped while settling'),
      );
    },
  };
}
