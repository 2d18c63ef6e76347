import type { EpochInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type GetCurrentEpochReturnType = EpochInfo;

/**
 * The epoch of the last block.
 *
 * @example
 * const { epoch } = await client.getCurrentEpoch();
 */
export async function getCurrentEpoch(transport: Transport): Promise<GetCurrentEpochReturnType> {
  return transport.request('epoch_current', {});
}
