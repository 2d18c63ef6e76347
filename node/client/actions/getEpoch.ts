import type { EpochInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface GetEpochParameters {
  /** The current one when absent. */
  readonly epoch?: number | undefined;
}
export type GetEpochReturnType = EpochInfo;

/**
 * An epoch and its heights. Rejects with EPOCH_NOT_FOUND for one that did not start yet.
 *
 * @example
 * const { endHeight } = await client.getEpoch({ epoch: 3 });
 */
export async function getEpoch(
  transport: Transport,
  parameters: GetEpochParameters = {},
): Promise<GetEpochReturnType> {
  return transport.request('epoch_get', parameters);
}
