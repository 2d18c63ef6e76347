import { encode, type Local, type PreparedCall, type StoredReceipt } from '../interface/index.ts';
import { billsOf } from './bill.ts';
import { Claim } from './format.ts';
import { packClaims } from './pack.ts';

/**
 * The local half of consensus-0: a server's receipts of an epoch become claims of bounded size, tallies first
 * (spec section 5). To be submitted in this order: a later claim of the same client settles higher nonces, and
 * nonces below those cannot be claimed any more.
 *
 * Receipts of other servers, chains and epochs, receipts that cost nothing, and damaged ones are left out; the sum of
 * `receipts` says how many are in. Throws RangeError if `maxArgsBytes` has no room for one header.
 */
export async function prepare(
  local: Local,
  epoch: number,
  receipts: readonly StoredReceipt[],
): Promise<readonly PreparedCall[]> {
  const bills = billsOf(local, epoch, receipts);
  const ordered = [
    ...bills.filter(({ carrier }) => carrier !== undefined),
    ...bills.filter(({ carrier }) => carrier === undefined),
  ];
  return packClaims(epoch, ordered, local.maxArgsBytes).map(packed => ({
    method: 'claim',
    args: encode(Claim, packed.claim),
    receipts: packed.receipts,
  }));
}
