import type { Hex } from '../../../consensus/interface/index.ts';
import type { Transport } from '../transport/types.ts';
import type { SignedJson } from '../wire.ts';

export interface SubmitTransactionParameters {
  /** Canonical bytes as hex, or `{ unsigned, signature }`. */
  readonly tx: SignedJson;
}
export type SubmitTransactionReturnType = { readonly hash: Hex };

/**
 * Hands a signed transaction to the pool; resolves once it is in there.
 *
 * @example
 * const { hash } = await client.submitTransaction({ tx });
 */
export async function submitTransaction(
  transport: Transport,
  parameters: SubmitTransactionParameters,
): Promise<SubmitTransactionReturnType> {
  return transport.request('tx_submit', parameters);
}
