/** Tells people who wait what for: on a terminal in a line that comes and goes, elsewhere in one plain line. */
import { drawBottom, note } from './output.ts';

/** What is quicker than this is not told. */
const PATIENCE_MS = { terminal: 300, elsewhere: 1_000 } as const;
const REDRAW_MS = 100;

/** Where it is told, and by which clock. */
export interface Waiting {
  /** undefined where nobody looks at a terminal. */
  readonly columns: number | undefined;
  /** Milliseconds. */
  now(): number;
  /** Calls again and again until the answer is called. */
  every(ms: number, tick: () => void): () => void;
  /** The line at the bottom of the terminal; empty for none. */
  draw(text: string): void;
  note(text: string): void;
}

/** `work` says what it does now, in place of `text`. */
export async function withProgress<T>(
  text: string,
  work: (say: (text: string) => void) => Promise<T>,
  waiting: Waiting = standardWaiting(),
): Promise<T> {
  const { columns, now } = waiting;
  const started = now();
  let doing = text;
  let isTold = false;
  const tick = (): void => {
    const ms = now() - started;
    if (columns === undefined) {
      if (!isTold && ms >= PATIENCE_MS.elsewhere) waiting.note(`${doing} ...`);
      isTold ||= ms >= PATIENCE_MS.elsewhere;
    } else if (ms >= PATIENCE_MS.terminal) waiting.draw(lineOf(doing, ms, columns));
  };
  const stop = waiting.every(REDRAW_MS, tick);
  try {
    return await work(said => {
      doing = said;
      tick();
    });
  } finally {
    stop();
    if (columns !== undefined) waiting.draw('');
  }
}

/** The time stays readable where the words do not fit: in the last column a terminal would begin another line. */
function lineOf(doing: string, ms: number, columns: number): string {
  const time = ` ... ${(ms / 1_000).toFixed(1)} s`;
  return `${doing.slice(0, Math.max(0, columns - time.length - 1))}${time}`;
}

const standardWaiting = (): Waiting => ({
  columns:
    process.stderr.isTTY && !process.env.CI && process.env.TERM !== 'dumb'
      ? process.stderr.columns
      : undefined,
  now: () => performance.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  draw: drawBottom,
  note,
});
