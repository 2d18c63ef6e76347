/** When a node that ended by itself starts again. */

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Ends in a row after which somebody has to look: a good minute of trying. */
const MOST_ENDS = 7;
/** A node that was ready for so long is well: its next end counts as the first one. */
export const HEALTHY_MS = 10_000;

/** Milliseconds until the next start after so many ends in a row, from 1; null: none any more. */
export function restartDelay(ends: number): number | null {
  if (ends >= MOST_ENDS) return null;
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (ends - 1));
}
