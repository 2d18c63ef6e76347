/** How many calls are under way; nothing enters beyond a limit, or when the server is about to stop. */
import { Refusal } from '../errors.ts';

export interface Traffic {
  /** Throws OVERLOADED or STOPPING instead of running it. */
  enter<T>(work: () => Promise<T>): Promise<T>;
  shut(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createTraffic(max: number): Traffic {
  let running = 0;
  let open = true;
  let waiting: (() => void)[] = [];
  return {
    async enter(work) {
      if (!open) throw new Refusal('STOPPING', 'the server takes no more calls');
      if (running >= max) throw new Refusal('OVERLOADED', `${max} calls are under way`);
      running++;
      try {
        return await work();
      } finally {
        running--;
        if (running === 0) {
          for (const resolve of waiting) resolve();
          waiting = [];
        }
      }
    },
    shut() {
      open = false;
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise(resolve => waiting.push(resolve))),
  };
}
