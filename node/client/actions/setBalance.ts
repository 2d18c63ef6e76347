import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface SetBalanceParameters {
  readonly address: Address;
  /** Base units. */
  readonly free: bigint;
}

/**
 * Sets the free balance of an account, on devnets only; resolves once it is final.
 *
 * @example
 * await client.setBalance({ address: alice.address, free: 1_000_000_000n });
 */
export async function setBalance(transport: Transport, parameters: SetBalanceParameters): Promise<void> {
  const { address, free } = parameters;
  await transport.request('dev_setBalance', { address, free: free.toString() });
}
