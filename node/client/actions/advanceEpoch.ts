import type { Transport } from '../transport/types.ts';
import { LONG_MS } from '../waitingTime.ts';

export interface AdvanceEpochParameters {
  /** 1 when absent. */
  readonly epochs?: number | undefined;
}
export type AdvanceEpochReturnType = { readonly epoch: number };

/**
 * Starts new epochs at once, on devnets only; resolves with the current one.
 *
 * @example
 * const { epoch } = await client.advanceEpoch();
 */
export async function advanceEpoch(
  transport: Transport,
  parameters: AdvanceEpochParameters = {},
): Promise<AdvanceEpochReturnType> {
  return transport.request('dev_advanceEpoch', parameters, { timeoutMs: LONG_MS });
}
