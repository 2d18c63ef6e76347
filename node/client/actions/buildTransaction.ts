import type { Scheme } from '../../../chain/index.ts';
import { amounts, type UnsignedTransaction } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { Address, CallJson } from '../wire.ts';

export interface BuildTransactionParameters {
  readonly from: Address;
  readonly call: CallJson;
  /** Base units; estimated by a simulation when absent. */
  readonly feeLimit?: bigint | undefined;
  /** The next one when absent, counting what waits in the pool. */
  readonly nonce?: number | undefined;
  /** Last height at which it may stand in a block. */
  readonly expiry?: number | null | undefined;
  /** Of the key that will sign; sr25519 when absent. */
  readonly scheme?: Scheme | undefined;
}
export type BuildTransactionReturnType = UnsignedTransaction;

/**
 * An unsigned transaction for signing elsewhere: sign `message`, then submit `{ unsigned, signature }`.
 *
 * @example
 * const { unsigned, message } = await client.buildTransaction({
 *   from: alice.address,
 *   call: { kind: 'transfer', to: bob.address, amount: '1000000000' },
 * });
 */
export async function buildTransaction(
  transport: Transport,
  parameters: BuildTransactionParameters,
): Promise<BuildTransactionReturnType> {
  const { feeLimit, ...rest } = parameters;
  const built = await transport.request('tx_build', { ...rest, feeLimit: feeLimit?.toString() });
  return amounts(built, 'feeLimit');
}
