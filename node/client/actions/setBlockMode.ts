import type { BlockMode } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface SetBlockModeParameters {
  readonly mode: BlockMode;
}

/**
 * When this node makes blocks: `auto`, `interval` or `manual`; on devnets only.
 *
 * @example
 * await client.setBlockMode({ mode: { kind: 'interval', ms: 500 } });
 */
export async function setBlockMode(transport: Transport, parameters: SetBlockModeParameters): Promise<void> {
  await transport.request('dev_setBlockMode', parameters);
}
