import type { Amount } from '../interface/index.ts';

const WHOLE = 10_000n;

/**
 * Splits an amount by basis points with the largest remainder method: each row gets its part rounded down, and the
 * units left over go one each to the rows with the largest remainders, ties to the earlier row (spec section 2).
 * The parts sum to `amount`. Throws RangeError unless the shares sum to 10,000.
 */
export function largestRemainder(amount: Amount, sharesBps: readonly number[]): Amount[] {
  const sum = sharesBps.reduce((total, share) => total + share, 0);
  if (BigInt(sum) !== WHOLE || sharesBps.some(share => share < 0))
    throw new RangeError(`shares sum to ${sum} instead of 10000 bps`);
  const rows = sharesBps.map((share, index) => {
    const scaled = amount * BigInt(share);
    return { index, part: scaled / WHOLE, remainder: scaled % WHOLE };
  });
  const parts = rows.map(row => row.part);
  const left = Number(parts.reduce((rest, part) => rest - part, amount));
  rows.sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index, part } of rows.slice(0, left)) parts[index] = part + 1n;
  return parts;
}

/** The smaller of two amounts; Math.min does not take bigints. */
export const smaller = (a: Amount, b: Amount): Amount => (a < b ? a : b);

/**
 * Sum of two counts of calls, at most 2^53 - 1. A tally can count any number of calls that its client likes to sign,
 * and several of them together must not make a number that no codec takes.
 */
export const addCounts = (a: number, b: number): number => Math.min(a + b, Number.MAX_SAFE_INTEGER);
