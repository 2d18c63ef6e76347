import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { credit, debit, requirePositive } from '../money.ts';

/** Moves free balance. A transfer to oneself only costs the fee. */
export function transfer(context: CallContext, { to, amount }: CallOf<'transfer'>): void {
  requirePositive(amount);
  debit(context.draft, context.sender, amount);
  credit(context.draft, to, amount);
  emit(context, 'Transferred', { from: context.sender, to, amount });
}
