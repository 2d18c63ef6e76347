import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { getStake } from '../getters.ts';
import { credit } from '../money.ts';
import { putStake } from '../stakeRows.ts';

/** Gives back all of the sender's stake on a target that has thawed. */
export function withdrawStake(context: CallContext, { target }: CallOf<'withdrawStake'>): void {
  const { draft, sender, epoch } = context;
  const stake = getStake(draft, sender, target);
  const next = stake?.thawing[0];
  if (stake === undefined || next === undefined) throw chainError('UNKNOWN_STAKE');
  if (next.epoch > epoch.number) throw chainError('NOTHING_THAWED', { epoch: next.epoch });
  const thawed = stake.thawing.filter(entry => entry.epoch <= epoch.number);
  const amount = thawed.reduce((sum, entry) => sum + entry.amount, 0n);
  putStake(draft, sender, target, { ...stake, thawing: stake.thawing.slice(thawed.length) });
  credit(draft, sender, amount);
  emit(context, 'StakeWithdrawn', { staker: sender, target, amount });
}
