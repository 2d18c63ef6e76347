import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface MintParameters {
  readonly address: Address;
  /** Base units. */
  readonly amount: bigint;
}

/**
 * The faucet: new money for an account, on devnets only; resolves once it is final.
 *
 * @example
 * await client.mint({ address: alice.address, amount: 1_000_000_000n });
 */
export async function mint(transport: Transport, parameters: MintParameters): Promise<void> {
  const { address, amount } = parameters;
  await transport.request('dev_mint', { address, amount: amount.toString() });
}
