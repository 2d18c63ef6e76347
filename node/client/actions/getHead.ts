import type { Head } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type GetHeadReturnType = Head;

/**
 * The last final block, in short.
 *
 * @example
 * const { height, hash } = await client.getHead();
 */
export async function getHead(transport: Transport): Promise<GetHeadReturnType> {
  return transport.request('chain_head', {});
}
