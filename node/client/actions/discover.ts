import type { Transport } from '../transport/types.ts';

export type DiscoverReturnType = object;

/**
 * The OpenRPC document of this node.
 *
 * @example
 * const document = await client.discover();
 */
export async function discover(transport: Transport): Promise<DiscoverReturnType> {
  return transport.request('rpc.discover', {});
}
