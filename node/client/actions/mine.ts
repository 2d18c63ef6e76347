import type { Transport } from '../transport/types.ts';
import { LONG_MS } from '../waitingTime.ts';

export interface MineParameters {
  /** 1 when absent. */
  readonly blocks?: number | undefined;
}
export type MineReturnType = { readonly height: number };

/**
 * Makes blocks at once, on devnets only; resolves with the new height.
 *
 * @example
 * const { height } = await client.mine({ blocks: 3 });
 */
export async function mine(transport: Transport, parameters: MineParameters = {}): Promise<MineReturnType> {
  return transport.request('dev_mine', parameters, { timeoutMs: LONG_MS });
}
