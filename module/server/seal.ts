/** When the books of an epoch are closed for new calls. */

export interface Seal {
  /** Calls of this epoch and earlier ones are not taken any more. */
  through(): number;
  close(epoch: number): void;
  /**
   * The chain has given notice in this epoch. If the epoch has just begun, runs `then` after the time that late calls
   * of the last one are given; else at once.
   */
  schedule(epoch: number, then: () => void): void;
  stop(): void;
}

/** A call that was signed just before the epoch ended may come this much later, in milliseconds. */
const BOUNDARY_MS = 500;

/** Where epochs are short, late calls get a quarter of one, so that claims stay far inside the grace. */
export function createSeal(): Seal {
  let sealed = -1;
  let last = -1;
  let began = Date.now();
  let timer: NodeJS.Timeout | undefined;
  return {
    through: () => sealed,
    close(epoch) {
      sealed = Math.max(sealed, epoch);
    },
    schedule(epoch, then) {
      if (epoch > last) {
        const lasted = Date.now() - began;
        last = epoch;
        began = Date.now();
        clearTimeout(timer);
        timer = setTimeout(
          () => {
            timer = undefined;
            then();
          },
          Math.min(BOUNDARY_MS, lasted / 4),
        );
      } else if (timer === undefined) then();
    },
    stop: () => clearTimeout(timer),
  };
}
