import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { getConsensus, getReserve } from '../getters.ts';
import { credit } from '../money.ts';
import { putReserve } from '../reserveRows.ts';

/** Gives back what thawed and was not claimed, once the close that settles its last claims is done. */
export function withdraw(context: CallContext, { consensus, server }: CallOf<'withdraw'>): void {
  const { draft, sender: client, epoch } = context;
  const before = getReserve(draft, consensus, client, server);
  if (before === undefined || before.thawing === 0n) throw chainError('UNKNOWN_RESERVE');
  if (before.thawEpoch > epoch.number) throw chainError('NOTHING_THAWED', { epoch: before.thawEpoch });
  requireSettled(context, consensus, before.thawEpoch);
  const amount = before.thawing;
  putReserve(draft, { consensus, client, server }, { ...before, thawing: 0n, thawEpoch: 0 });
  credit(draft, client, amount);
  emit(context, 'ReserveWithdrawn', { consensus, client, server, amount });
}

/** The last claims on the money were accepted in the second epoch before `thawEpoch`; its close may be late. */
function requireSettled({ draft }: CallContext, consensus: number, thawEpoch: number): void {
  const pending = getConsensus(draft, consensus)?.closing[0];
  if (pending !== undefined && pending <= thawEpoch - 2)
    throw chainError('SETTLEMENT_PENDING', { epoch: pending });
}
