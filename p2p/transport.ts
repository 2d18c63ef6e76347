/**
 * The seam inside this folder: what a carrier of bytes must give, so that everything above it (handshake, channels,
 * services, scores, dialling) is written once. libp2p is one carrier, memory the other.
 */
import type { PeerId } from './network.ts';

/** A kind of one-way frames that keeps its order on a link. Both ends must know the same names. */
export interface Lane {
  readonly name: string;
  /** A longer frame is not read, and reported as an offence. */
  readonly maxFrameBytes: number;
  /** The oldest unsent frames beyond this are dropped. */
  readonly maxQueuedBytes: number;
}

/** A connection to a peer whose identity is proved. */
export interface Link {
  readonly peer: PeerId;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** Queues a frame and returns how many older ones were dropped for it. Does nothing on a closed link. */
  send(lane: Lane, frame: Uint8Array): number;
  /** At once; what is queued is lost. The receiver's `closed` follows. */
  close(): void;
}

/** Given by the network for each link. None of these throws. */
export interface LinkReceiver {
  frame(lane: Lane, bytes: Uint8Array): void;
  /** The peer broke the framing. */
  offence(reason: string): void;
  /** Once, after which nothing else comes. */
  closed(): void;
}

export interface Transport {
  readonly id: PeerId;
  addresses(): readonly string[];
  /** The peer that an address names, null if it names none. Throws NetworkError BAD_ADDRESS. */
  peerOf(address: string): PeerId | null;
  /** Begins to listen. `accept` is called for each new link of either direction, before its first frame. */
  start(lanes: readonly Lane[], accept: (link: Link) => LinkReceiver): Promise<void>;
  /** Resolves to the peer to which a link is now open. */
  dial(address: string): Promise<PeerId>;
  stop(): Promise<void>;
}
