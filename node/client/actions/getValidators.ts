import type { ValidatorInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type GetValidatorsReturnType = readonly ValidatorInfo[];

/**
 * Who votes on the next block, and with which power.
 *
 * @example
 * const validators = await client.getValidators();
 */
export async function getValidators(transport: Transport): Promise<GetValidatorsReturnType> {
  return transport.request('stake_validators', {});
}
