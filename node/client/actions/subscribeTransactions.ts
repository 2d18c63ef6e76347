import type { FinalTransaction } from '../results.ts';
import { toFinal } from '../results.ts';
import type { Transport, Unsubscribe } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface SubscribeTransactionsParameters {
  /** Only those that this account sent or that name it. */
  readonly account?: Address | undefined;
  /** Only those that change one of these modules (256 ids at most), or a link or proposal of it. */
  readonly modules?: readonly number[] | undefined;
  /** Only this one. */
  readonly hash?: string | undefined;
  readonly onTransaction: (transaction: TransactionNotice) => void;
  /** Notices were lost: this many, or null for unknown after a reconnection. */
  readonly onLag?: ((dropped: number | null) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}
export type TransactionNotice = FinalTransaction & {
  readonly from: Address;
  /** Kind of its call, e.g. `transfer`. */
  readonly kind: string;
};
export type SubscribeTransactionsReturnType = Unsubscribe;

/**
 * Hears of final transactions. Survives reconnections; resolves with the function that ends it.
 *
 * @example
 * const stop = await client.subscribeTransactions({
 *   account: alice.address,
 *   onTransaction: ({ hash, ok }) => console.log(hash, ok),
 * });
 */
export async function subscribeTransactions(
  transport: Transport,
  { account, modules, hash, onTransaction, onLag, onError }: SubscribeTransactionsParameters,
): Promise<SubscribeTransactionsReturnType> {
  const onNotice = (notice: Parameters<typeof toFinal>[0] & { from: Address; kind: string }) =>
    onTransaction({ ...toFinal(notice), from: notice.from, kind: notice.kind });
  return transport.subscribe('tx', { filter: { account, modules, hash } }, { onNotice, onLag, onError });
}
