import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { debit, requirePositive } from '../money.ts';
import { creditReserve } from '../reserveRows.ts';
import { requireConsensus } from './moduleFields.ts';

/** Escrow of the sender for one server, under one consensus module. */
export function reserve(context: CallContext, { consensus, server, amount }: CallOf<'reserve'>): void {
  const { draft, sender: client } = context;
  requirePositive(amount);
  requireConsensus(draft, consensus);
  debit(draft, client, amount);
  creditReserve(draft, { consensus, client, server }, amount);
  emit(context, 'Reserved', { consensus, client, server, amount });
}
