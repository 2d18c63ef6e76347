import type { Hex } from '../../../consensus/interface/index.ts';
import { type TransactionStatus, toFinal } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface GetTransactionParameters {
  readonly hash: Hex;
}
export type GetTransactionReturnType = TransactionStatus;

/**
 * What became of a transaction: unknown, pending, dropped, or final with its outcome.
 *
 * @example
 * const { status } = await client.getTransaction({ hash });
 */
export async function getTransaction(
  transport: Transport,
  parameters: GetTransactionParameters,
): Promise<GetTransactionReturnType> {
  const found = await transport.request('tx_get', parameters);
  return found.status === 'final' ? { ...toFinal(found), status: 'final' } : found;
}
