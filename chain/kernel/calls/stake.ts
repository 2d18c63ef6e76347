import { SCHEMES } from '../../crypto/index.ts';
import { chainError } from '../../errors.ts';
import type { StakeTarget } from '../../format/entities.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { getStake, getStakeTotal } from '../getters.ts';
import { debit, requirePositive } from '../money.ts';
import { isCandidate, putStake, putStakeTotal } from '../stakeRows.ts';
import { requireServing } from './moduleFields.ts';

/** Bonds free balance to a module or a validator. Power and snapshots follow with the next epoch. */
export function stake(context: CallContext, { target, amount }: CallOf<'stake'>): void {
  const { draft, sender } = context;
  requirePositive(amount);
  requireTarget(context, target);
  debit(draft, sender, amount);
  const before = getStake(draft, sender, target) ?? { amount: 0n, thawing: [] };
  putStake(draft, sender, target, { ...before, amount: before.amount + amount });
  putStakeTotal(draft, target, getStakeTotal(draft, target) + amount);
  emit(context, 'Staked', { staker: sender, target, amount });
}

/** A module that serves; one's own validator key; or a validator that staked on itself before. */
function requireTarget(context: CallContext, target: StakeTarget): void {
  if (target.kind === 'module') requireServing(context, target.module);
  else if (isCandidate(context.draft, target.validator)) return;
  else if (target.validator !== context.sender) throw chainError('UNKNOWN_VALIDATOR');
  else if (context.scheme !== SCHEMES.ed25519) throw chainError('NOT_A_VALIDATOR_KEY');
}
