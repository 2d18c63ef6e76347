import type { PeerInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type GetPeersReturnType = readonly PeerInfo[];

/**
 * The nodes that this one is connected with.
 *
 * @example
 * const peers = await client.getPeers();
 */
export async function getPeers(transport: Transport): Promise<GetPeersReturnType> {
  return transport.request('net_peers', {});
}
