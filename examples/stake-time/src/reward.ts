/**
 * How much a lock has earned and how much of that has vested, from sums that one close writes for all locks.
 *
 * Let d(e) be what one unit of stake earns in epoch e, A(n) = d(0) + .. + d(n-1), and B(n) = A(0) + .. + A(n). The
 * reward of epoch e vests in V equal parts, when epochs e+1 .. e+V begin. At the beginning of epoch m so vests a V-th of
 * d(m-V) + .. + d(m-1) = A(m) - A(m-V). The sum of that over m is a difference of values of B: no epoch is visited.
 */
import type { EpochRow, Part } from './rows.ts';

/** Rewards are counted in units of 2^-64. */
export const FRACTION = 64n;
type At = (epoch: number) => Pick<EpochRow, 'a' | 'b'>;

/** What parts that earn until epoch `end` have earned when epoch `now` begins, in units of 2^-64. */
export function earned(parts: readonly Part[], end: number, now: number, at: At): bigint {
  const last = at(Math.min(now, end)).a;
  return parts.reduce(
    (sum, { since, stake }) => (since < now ? sum + stake * (last - at(since).a) : sum),
    0n,
  );
}

/** How much of it has vested, in whole base units, rounded down. */
export function vested(parts: readonly Part[], end: number, now: number, vestEpochs: number, at: At): bigint {
  const sum = parts.reduce(
    (total, part) => total + part.stake * vestedPerStake(part.since, end, now, vestEpochs, at),
    0n,
  );
  return (sum / BigInt(vestEpochs)) >> FRACTION;
}

/** Of one unit of stake that earns in epochs `since` .. `end` - 1, times V. */
function vestedPerStake(since: number, end: number, now: number, vestEpochs: number, at: At): bigint {
  if (now <= since) return 0n;
  /** Sum of A over epochs up to x, where A stands still from `end` on. */
  const sum = (x: number): bigint => (x <= end ? at(x).b : at(end).b + at(end).a * BigInt(x - end));
  const { a, b } = at(since);
  const before = now - vestEpochs;
  const notYet = before <= since ? a * BigInt(now - since) : a * BigInt(vestEpochs) + sum(before) - b;
  return sum(now) - b - notYet;
}
