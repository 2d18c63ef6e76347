import { type AccountInfo, amounts } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface GetAccountParameters {
  readonly address: Address;
}
export type GetAccountReturnType = AccountInfo;

/**
 * Balances (base units) and nonce of an account after the last block; zeros for one that was never used.
 *
 * @example
 * const { free } = await client.getAccount({ address: alice.address });
 */
export async function getAccount(
  transport: Transport,
  parameters: GetAccountParameters,
): Promise<GetAccountReturnType> {
  const account = await transport.request('account_get', parameters);
  return amounts(account, 'free', 'staked', 'thawing', 'reserved');
}
