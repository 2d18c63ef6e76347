import { NetworkError } from '../network.ts';

const ADDRESS = /^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/\s]+\/tcp\/(\d{1,5})(?:\/p2p\/([1-9A-HJ-NP-Za-km-z]+))?$/;

/**
 * The peer id in a TCP multiaddress, null if it has none.
 * @throws NetworkError BAD_ADDRESS
 */
export function peerInAddress(address: string): string | null {
  const match = ADDRESS.exec(address);
  if (match === null || Number(match[1]) > 65_535) {
    const shape = '/ip4/<address>/tcp/<port>, optionally with /p2p/<peer id>';
    throw new NetworkError('BAD_ADDRESS', `"${address}" is no address of a node: ${shape}`);
  }
  return match[2] ?? null;
}
