import type { Transport } from '../transport/types.ts';
import { LONG_MS } from '../waitingTime.ts';
import type { BlockTimeJson } from '../wireDev.ts';

export interface IncreaseTimeParameters {
  /** Milliseconds, above 0. */
  readonly ms: number;
}
export type IncreaseTimeReturnType = BlockTimeJson;

/**
 * Puts the time of all blocks to come forward, on devnets only; resolves with that of the first of them.
 *
 * @example
 * const { time } = await client.increaseTime({ ms: 10 * 60_000 });
 */
export async function increaseTime(
  transport: Transport,
  parameters: IncreaseTimeParameters,
): Promise<IncreaseTimeReturnType> {
  return transport.request('dev_increaseTime', parameters, { timeoutMs: LONG_MS });
}
