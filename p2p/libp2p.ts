import { DEFAULT_LIMITS, NetworkCore, type NetworkLimits } from './core/network-core.ts';
import { systemEnvironment } from './environment.ts';
import { loadLibp2p } from './libp2p/load.ts';
import { Libp2pTransport } from './libp2p/transport.ts';
import type { HandshakeOptions, Network, NetworkLog } from './network.ts';

export { peerIdOf, peerIdOfSeed } from './libp2p/identity.ts';

export interface Libp2pNetworkOptions {
  /** 32 bytes: the ed25519 key that proves who this node is on the network. */
  readonly privateKeySeed: Uint8Array;
  /** Multiaddresses such as `/ip4/127.0.0.1/tcp/0`; port 0 lets the system choose. None: only dials. */
  readonly listen: readonly string[];
  readonly handshake: HandshakeOptions;
  readonly log: NetworkLog;
  readonly limits?: Partial<NetworkLimits>;
}

/** Simultaneous dials make two links to a peer, and strangers must be able to hear why they are refused. */
const CONNECTIONS_PER_PEER = 4;

/**
 * A network over TCP. Loading libp2p begins with this call and is awaited by `start`, so that a process can do
 * something else in between.
 */
export function createLibp2pNetwork(options: Libp2pNetworkOptions): Network {
  const { privateKeySeed, listen, handshake, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const modules = loadLibp2p();
  // Whoever starts the network is told; one that is never started has nobody to tell.
  modules.catch((error: unknown) => log.error({ error: String(error) }, 'libp2p cannot be loaded'));
  const transport = new Libp2pTransport({
    modules,
    privateKeySeed,
    listen,
    maxConnections: limits.maxPeers * CONNECTIONS_PER_PEER,
    handshakeMs: limits.handshakeMs,
    log,
  });
  return new NetworkCore({
    transport,
    environment: systemEnvironment,
    handshake,
    log,
    limits,
  });
}
