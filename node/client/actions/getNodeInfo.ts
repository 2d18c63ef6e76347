import type { NodeInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type GetNodeInfoReturnType = NodeInfo;

/**
 * Who the node is, and how far it is.
 *
 * @example
 * const { chainId, height } = await client.getNodeInfo();
 */
export async function getNodeInfo(transport: Transport): Promise<GetNodeInfoReturnType> {
  return transport.request('node_info', {});
}
