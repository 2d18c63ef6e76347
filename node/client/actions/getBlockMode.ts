import type { BlockMode } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type GetBlockModeReturnType = BlockMode;

/**
 * When the node makes blocks: `auto`, `interval` or `manual`; on devnets only.
 *
 * @example
 * const { kind } = await client.getBlockMode();
 */
export async function getBlockMode(transport: Transport): Promise<GetBlockModeReturnType> {
  return transport.request('dev_getBlockMode', {});
}
