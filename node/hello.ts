/** What two nodes say to each other first: whether they belong to one chain (spec section 9). */
import { type Genesis, genesisHash, LIMITS } from '../chain/index.ts';
import { decode, encode, hash, struct, text, u16 } from '../consensus/interface/index.ts';
import type { HandshakeOptions } from '../p2p/network.ts';
import { messageOf } from './errors.ts';

/**
 * Of everything that nodes send each other, and of the rules by which they judge blocks: raised when either changes after
 * a release (docs/protocol/network.md says when, `test/formats` holds it to that).
 */
export const PROTOCOL_VERSION = 3;

const Hello = struct({
  protocol: u16,
  chainId: text(LIMITS.chainId),
  genesis: hash,
  /** Of the software; only told, not judged. */
  version: text(64),
});
const MAX_HELLO_BYTES = 256;

/** What the operator can do. Both sides read it, so it names no side. */
const REMEDIES = {
  protocol: 'run the same version of devnet on both nodes',
  chainId: 'take the address of the other node out of the peers: they belong to different devnets',
  genesis: 'start both nodes from one genesis: devnet up --reset in the directory that is out of date',
} as const;

/** The handshake of a node. A peer of another chain is refused with a reason that names both values and what helps. */
export function handshakeOf(
  genesis: Genesis,
  version: string,
  protocol = PROTOCOL_VERSION,
): HandshakeOptions {
  const own = {
    protocol,
    chainId: genesis.chainId,
    genesis: genesisHash(genesis),
    version,
  };
  return {
    hello: encode(Hello, own),
    judge(bytes) {
      try {
        const peer = decode(Hello, bytes, MAX_HELLO_BYTES);
        if (peer.protocol !== own.protocol)
          return `protocol version ${peer.protocol} (devnet ${peer.version}), this node speaks ${own.protocol} (devnet ${version}); ${REMEDIES.protocol}`;
        if (peer.chainId !== own.chainId)
          return `chain ${peer.chainId}, this node is on ${own.chainId}; ${REMEDIES.chainId}`;
        if (peer.genesis !== own.genesis)
          return `genesis ${peer.genesis}, this node has ${own.genesis}; ${REMEDIES.genesis}`;
        return null;
      } catch (error) {
        return `a hello that does not decode: ${messageOf(error)}`;
      }
    },
  };
}
