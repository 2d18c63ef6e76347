import type { Connection, Stream } from '@libp2p/interface';
import type { Libp2p } from 'libp2p';
import { ProtocolError } from '../core/protocol-error.ts';
import type { NetworkLog, PeerId } from '../network.ts';
import { NetworkError } from '../network.ts';
import type { Lane, Link, LinkReceiver, Transport } from '../transport.ts';
import { peerInAddress } from './address.ts';
import { peerIdOfSeed, publicKeyOf } from './identity.ts';
import { Libp2pLink, protocolOf } from './link.ts';
import type { Libp2pModules } from './load.ts';
import { libp2pLogger } from './logger.ts';
import { connectionStack } from './stack.ts';

export interface Libp2pTransportOptions {
  readonly modules: Promise<Libp2pModules>;
  readonly privateKeySeed: Uint8Array;
  readonly listen: readonly string[];
  readonly maxConnections: number;
  /** For a socket that connects and says nothing. */
  readonly handshakeMs: number;
  readonly log: NetworkLog;
}

const DIAL_TIMEOUT_MS = 5_000;
/** One is in use; more are there for a moment when a stream is replaced. */
const MAX_STREAMS_PER_LANE = 4;
/**
 * Of one address; more are refused until the second is over, and dialled again. All nodes of a devnet dial from one
 * address, at the same moment; an encrypted handshake costs about a millisecond.
 */
const CONNECTIONS_PER_SECOND = 128;
/** Connections of any address whose handshake is under way. */
const MAX_HALF_OPEN = 256;

/** TCP, noise and yamux; libp2p makes the connections and streams, and none of its other services is used. */
export class Libp2pTransport implements Transport {
  readonly id: PeerId;
  readonly #options: Libp2pTransportOptions;
  readonly #links = new Map<string, Libp2pLink>();
  #node: Libp2p | null = null;
  #modules: Libp2pModules | null = null;
  /** A stop may come while the start is still under way. */
  #stopped = false;

  constructor(options: Libp2pTransportOptions) {
    this.#options = options;
    this.id = peerIdOfSeed(options.privateKeySeed);
  }

  addresses(): readonly string[] {
    return this.#node?.getMultiaddrs().map(String) ?? [];
  }

  peerOf(address: string): PeerId | null {
    return peerInAddress(address);
  }

  async start(lanes: readonly Lane[], accept: (link: Link) => LinkReceiver): Promise<void> {
    this.#modules = await this.#options.modules;
    const node = await this.#createNode(this.#modules);
    node.addEventListener('connection:open', event => this.#onOpen(event.detail, accept));
    await Promise.all(
      lanes.map(lane =>
        node.handle(protocolOf(lane), (stream, connection) => this.#onStream(lane, stream, connection), {
          maxInboundStreams: MAX_STREAMS_PER_LANE,
          maxOutboundStreams: MAX_STREAMS_PER_LANE,
        }),
      ),
    );
    this.#node = node;
    try {
      await node.start();
    } catch (error) {
      throw startError(error, this.#options.listen);
    }
    if (this.#stopped) await node.stop();
  }

  async dial(address: string): Promise<PeerId> {
    if (this.#node === null || this.#modules === null)
      throw new NetworkError('NOT_STARTED', 'the network is not started');
    const signal = AbortSignal.timeout(DIAL_TIMEOUT_MS);
    const connection = await this.#node.dial(this.#modules.multiaddr(address), { signal });
    return connection.remotePeer.toString();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const link of [...this.#links.values()]) link.close();
    await this.#node?.stop();
  }

  async #createNode(modules: Libp2pModules): Promise<Libp2p> {
    const { createLibp2p, identify, privateKeyFromRaw } = modules;
    const { privateKeySeed, listen, maxConnections, handshakeMs, log } = this.#options;
    return createLibp2p({
      start: false,
      privateKey: privateKeyFromRaw(Uint8Array.of(...privateKeySeed, ...publicKeyOf(privateKeySeed))),
      addresses: { listen: [...listen] },
      ...connectionStack(modules, protocol => this.#node?.getProtocols().includes(protocol) === true),
      // It answers tools that ask who we are, and asks nobody: the handshake says all that we need.
      services: { identify: identify({ runOnConnectionOpen: false }) },
      connectionMonitor: { enabled: false },
      connectionManager: {
        maxConnections,
        inboundConnectionThreshold: CONNECTIONS_PER_SECOND,
        maxIncomingPendingConnections: MAX_HALF_OPEN,
        inboundUpgradeTimeout: handshakeMs,
        dialTimeout: DIAL_TIMEOUT_MS,
      },
      logger: libp2pLogger(log),
    });
  }

  #onOpen(connection: Connection, accept: (link: Link) => LinkReceiver): void {
    const link = new Libp2pLink(connection, this.#options.log);
    this.#links.set(connection.id, link);
    connection.addEventListener('close', ({ error }) => {
      // Something below the lanes ended it because of what the peer sent.
      if (error instanceof ProtocolError) link.offend(error.message);
      this.#onClosed(connection);
    });
    link.receive(accept(link));
  }

  #onStream(lane: Lane, stream: Stream, connection: Connection): void {
    const link = this.#links.get(connection.id);
    if (link === undefined) stream.abort(new Error('the connection is closed'));
    else link.read(lane, stream);
  }

  #onClosed(connection: Connection): void {
    const link = this.#links.get(connection.id);
    this.#links.delete(connection.id);
    link?.end();
  }
}

/** libp2p puts the causes only into the text of its error. */
function startError(error: unknown, listen: readonly string[]): unknown {
  const text = error instanceof Error ? error.message : String(error);
  if (!text.includes('EADDRINUSE')) return error;
  return new NetworkError('ADDRESS_IN_USE', `another process listens on ${listen.join(', ')}`);
}
