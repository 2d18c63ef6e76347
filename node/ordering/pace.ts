/** When a height begins: with work, with time, or on command. */
import type { BlockMode, Clock } from './types.ts';

export interface PaceOptions {
  readonly clock: Clock;
  readonly mode: BlockMode;
  readonly hasWork: () => boolean;
  /** Called at most once per height. */
  readonly begin: (height: number) => void;
}

export interface Pace {
  /** The height is next. It begins `holdMs` from now at the earliest. */
  open(height: number, holdMs?: number): void;
  /** No height begins until the next `open`. */
  close(): void;
  /** There may be work now. */
  wake(): void;
  /** Heights up to this one begin at once. True if that is news. */
  mineUntil(height: number): boolean;
  readonly mineTarget: number;
  readonly mode: BlockMode;
  setMode(mode: BlockMode): void;
}

export function createPace({ clock, hasWork, begin, ...options }: PaceOptions): Pace {
  let { mode } = options;
  // The first block is made at once in every mode: it shows that the chain runs.
  let target = 1;
  let height: number | null = null;
  let openedAt = 0;
  let begunAt = clock.now();
  let heldUntil = 0;
  let cancel = (): void => {};

  /** When the open height should begin: a time that may have passed, or Infinity. */
  function due(): number {
    if (height === null) return Number.POSITIVE_INFINITY;
    if (height <= target) return openedAt;
    if (mode.kind === 'manual') return Number.POSITIVE_INFINITY;
    // From begin to begin, so that the time that agreement takes does not add to the interval.
    if (mode.kind === 'interval') return begunAt + mode.ms;
    return hasWork() ? openedAt : openedAt + mode.emptyMs;
  }

  function look(): void {
    if (height === null) return;
    cancel();
    const at = Math.max(due(), heldUntil);
    if (at === Number.POSITIVE_INFINITY) return;
    const wait = at - clock.now();
    if (wait > 0) cancel = clock.after(wait, look);
    else start();
  }

  function start(): void {
    if (height === null) return;
    const begun = height;
    height = null;
    begunAt = clock.now();
    begin(begun);
  }

  return {
    open(next, holdMs = 0) {
      // Others began the last height before us: the interval counts from there.
      if (height !== null) begunAt = clock.now();
      height = next;
      openedAt = clock.now();
      heldUntil = openedAt + holdMs;
      look();
    },
    close() {
      height = null;
      cancel();
    },
    wake: look,
    mineUntil(height) {
      if (height <= target) return false;
      target = height;
      look();
      return true;
    },
    get mineTarget() {
      return target;
    },
    get mode() {
      return mode;
    },
    setMode(next) {
      mode = next;
      look();
    },
  };
}
