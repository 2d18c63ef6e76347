import { chainError } from '../../errors.ts';
import type { Stake } from '../../format/entities.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { getStake, getStakeTotal } from '../getters.ts';
import { requireFunds, requirePositive } from '../money.ts';
import { putStake, putStakeTotal } from '../stakeRows.ts';

/** Stake stops counting and thaws for the genesis' number of epochs. */
export function unstake(context: CallContext, { target, amount }: CallOf<'unstake'>): void {
  const { draft, sender, epoch, parameters } = context;
  requirePositive(amount);
  const before = getStake(draft, sender, target);
  if (before === undefined) throw chainError('UNKNOWN_STAKE');
  requireFunds(before.amount, amount, 'INSUFFICIENT_STAKE');
  const thawed = epoch.number + parameters.unstakeEpochs;
  putStake(draft, sender, target, {
    amount: before.amount - amount,
    thawing: thaw(before.thawing, amount, thawed, epoch.number),
  });
  putStakeTotal(draft, target, getStakeTotal(draft, target) - amount);
  emit(context, 'Unstaked', { staker: sender, target, amount, epoch: thawed });
}

/** One entry per epoch; what can be withdrawn already becomes one, so that the list stays short. */
function thaw(thawing: Stake['thawing'], amount: bigint, epoch: number, now: number): Stake['thawing'] {
  const byEpoch = new Map<number, bigint>();
  for (const entry of [...thawing, { amount, epoch }]) {
    const from = Math.max(entry.epoch, now);
    byEpoch.set(from, (byEpoch.get(from) ?? 0n) + entry.amount);
  }
  return Array.from(byEpoch, ([epoch, amount]) => ({ amount, epoch })).sort((a, b) => a.epoch - b.epoch);
}
