/** Rows of stake together with their totals and indexes. */
import type { Account as AccountId, Amount } from '../../consensus/interface/index.ts';
import type { Stake, StakeTarget } from '../format/entities.ts';
import type { Draft } from '../state/index.ts';
import { getEpoch, getStake, getStakeTotal } from './getters.ts';
import { MAX_AMOUNT } from './money.ts';
import { keepStake } from './stakeHistory.ts';
import { candidates, stakes, stakesByStaker, stakeTotals, targetKey } from './tables.ts';

export function putStake(draft: Draft, staker: AccountId, target: StakeTarget, stake: Stake): void {
  const before = getStake(draft, staker, target)?.amount ?? 0n;
  if (target.kind === 'validator' && stake.amount !== before)
    keepStake(draft, target.validator, staker, before);
  writeStake(draft, staker, target, stake);
}

/** What the genesis stakes counts in the first epoch already. */
export function putFirstStake(draft: Draft, validator: AccountId, amount: Amount): void {
  const target = { kind: 'validator', validator } as const;
  writeStake(draft, validator, target, { amount, thawing: [] });
  stakeTotals.put(draft, { amount, epoch: 0, atStart: amount }, ...targetKey(target));
  candidates.put(draft, true, rank(amount), validator);
}

function writeStake(draft: Draft, staker: AccountId, target: StakeTarget, stake: Stake): void {
  const [kind, id] = targetKey(target);
  if (stake.amount === 0n && stake.thawing.length === 0) {
    stakes.delete(draft, kind, id, staker);
    stakesByStaker.delete(draft, staker, kind, id);
  } else {
    stakes.put(draft, stake, kind, id, staker);
    stakesByStaker.put(draft, true, staker, kind, id);
  }
}

/**
 * Sets the total on a target. The first change in an epoch keeps the total from before as the snapshot, so that
 * nothing is copied when an epoch starts. A validator with stake is a candidate.
 */
export function putStakeTotal(draft: Draft, target: StakeTarget, amount: Amount): void {
  const key = targetKey(target);
  const epoch = getEpoch(draft).number;
  const before = stakeTotals.get(draft, ...key) ?? { amount: 0n, epoch, atStart: 0n };
  const atStart = before.epoch === epoch ? before.atStart : before.amount;
  stakeTotals.put(draft, { amount, epoch, atStart }, ...key);
  if (target.kind !== 'validator') return;
  candidates.delete(draft, rank(before.amount), target.validator);
  if (amount > 0n) candidates.put(draft, true, rank(amount), target.validator);
}

/** Somebody can stake on a validator only after it staked on itself. */
export const isCandidate = (draft: Draft, validator: AccountId): boolean =>
  getStakeTotal(draft, { kind: 'validator', validator }) > 0n;

/** Ascending ranks are descending stakes. */
export const rank = (stake: Amount): bigint => MAX_AMOUNT - stake;
