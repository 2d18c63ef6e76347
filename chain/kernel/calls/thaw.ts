import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { getReserve } from '../getters.ts';
import { requireFunds, requirePositive } from '../money.ts';
import { putReserve } from '../reserveRows.ts';

/**
 * Epochs after grace until thawing money can be withdrawn: one for the epoch of the last promised work to end, one for
 * the close that settles its last claims.
 */
export const THAW_MARGIN = 2;

/**
 * Announces that escrow will be withdrawn. A second thaw before the withdrawal joins the first, and the delay starts
 * anew for all of it: the server keeps the full time to claim against every unit.
 */
export function thaw(context: CallContext, { consensus, server, amount }: CallOf<'thaw'>): void {
  const { draft, sender: client, epoch, parameters } = context;
  requirePositive(amount);
  const before = getReserve(draft, consensus, client, server);
  if (before === undefined) throw chainError('UNKNOWN_RESERVE');
  requireFunds(before.amount, amount, 'INSUFFICIENT_RESERVE');
  const thawEpoch = epoch.number + parameters.graceEpochs + THAW_MARGIN;
  putReserve(
    draft,
    { consensus, client, server },
    { amount: before.amount - amount, thawing: before.thawing + amount, thawEpoch },
  );
  emit(context, 'ReserveThawing', { consensus, client, server, amount, thawEpoch });
}
