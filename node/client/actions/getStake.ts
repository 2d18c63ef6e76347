import { amounts, type StakeInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface GetStakeParameters {
  readonly address: Address;
}
export type GetStakeReturnType = StakeInfo;

/**
 * What an account has staked, and on whom, in base units.
 *
 * @example
 * const { staked } = await client.getStake({ address: alice.address });
 */
export async function getStake(
  transport: Transport,
  parameters: GetStakeParameters,
): Promise<GetStakeReturnType> {
  const { stakes, ...sums } = await transport.request('stake_get', parameters);
  return {
    ...amounts(sums, 'staked', 'thawing'),
    stakes: stakes.map(({ thawing, ...stake }) => ({
      ...amounts(stake, 'amount'),
      thawing: thawing.map(part => amounts(part, 'amount')),
    })),
  };
}
