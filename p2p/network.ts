/**
 * What a node may ask of its network. Two kinds stand behind it: libp2p over TCP, and one in memory for tests and
 * simulation. Nothing here knows about blocks or votes, and only this folder names libp2p.
 */

import type { FaultRules } from './faults/rules.ts';
import type { FaultReport } from './faults/transport.ts';

export type { FaultRules, LinkFaults } from './faults/rules.ts';
export type { FaultCounters, FaultReport } from './faults/transport.ts';

/** Text form of a peer's identity. */
export type PeerId = string;

export interface Peer {
  readonly id: PeerId;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** Milliseconds of the last round trip, null before the first. */
  readonly latency: number | null;
}

/** What is known about a peer that is connected now. */
export interface PeerReport extends Peer {
  /** Points left of its good name: 100 at best, banned at 0. */
  readonly score: number;
  /** Messages not sent, because it read too slowly, and thrown away, because it sent too fast. */
  readonly droppedSlow: number;
  readonly droppedOverRate: number;
}

export interface Ban {
  readonly id: PeerId;
  readonly reason: string;
  /** Milliseconds until it may come back. */
  readonly leftMs: number;
}

/** The last refusal between this node and a peer that it was never connected with since. */
export interface Refusal {
  readonly id: PeerId;
  readonly reason: string;
}

export type PeerEvent =
  | { readonly kind: 'connected'; readonly peer: Peer }
  | { readonly kind: 'disconnected'; readonly id: PeerId }
  /** The handshake named a difference: other chain, other genesis, other protocol version. */
  | { readonly kind: 'refused'; readonly id: PeerId; readonly reason: string }
  | { readonly kind: 'banned'; readonly id: PeerId; readonly reason: string };

export interface ChannelOptions {
  /** A longer message is an offence: the stream is reset and the peer is scored down. */
  readonly maxMessageBytes: number;
  /** Outgoing bytes kept per peer; when a peer reads too slowly the oldest messages are dropped and counted. */
  readonly maxQueuedBytes: number;
  /** What one peer may send; the default is far above what an honest node sends in a burst. */
  readonly rate?: RateLimit;
  /** The bytes belong to the receiver. It should not throw: a throw is logged and the message is lost. */
  readonly onMessage: (peer: PeerId, message: Uint8Array) => void;
}

/** Twice these amounts may come at once; what exceeds them is dropped, and lowers the peer's score. */
export interface RateLimit {
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
}

/**
 * One-way messages in order, each delivered at most once. A message must not be changed after it was handed over.
 * To a peer that is not connected it is dropped, and counted; longer than `maxMessageBytes` is a mistake of the
 * caller and throws {@link NetworkError} TOO_LARGE.
 */
export interface Channel {
  send(peer: PeerId, message: Uint8Array): void;
  /** To all connected peers but `except`. */
  broadcast(message: Uint8Array, except?: PeerId): void;
}

export interface ServiceOptions {
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  /** Requests of one peer under way at once; more are refused. */
  readonly maxConcurrent: number;
  readonly timeoutMs: number;
  /** Frames of one peer, its questions and its answers to ours; the default is far above an honest burst. */
  readonly rate?: RateLimit;
  readonly handle: (peer: PeerId, request: Uint8Array) => Promise<Uint8Array>;
}

/** Request and response. */
export interface Service {
  /** Rejects with {@link NetworkError}: TIMEOUT, DISCONNECTED, REFUSED (the other side's error) or TOO_LARGE. */
  request(peer: PeerId, request: Uint8Array): Promise<Uint8Array>;
}

export interface Network {
  readonly id: PeerId;
  /** Dialable addresses, after start. */
  addresses(): readonly string[];
  peers(): readonly PeerReport[];
  bans(): readonly Ban[];
  /** Peers that refused us or that we refused, and that have not been connected since; the latest 64. */
  refusals(): readonly Refusal[];
  /** Before start. Names are short words such as `ordering`. */
  channel(name: string, options: ChannelOptions): Channel;
  /** Before start. */
  service(name: string, options: ServiceOptions): Service;
  onPeer(listener: (event: PeerEvent) => void): () => void;
  start(): Promise<void>;
  /**
   * Keeps trying until it is connected or the network stops; dials again after a loss. With `waitMs` the first attempt
   * comes that much later, for a peer that is expected to dial us: if it has, and the address names it, it is not dialled.
   * Throws {@link NetworkError} BAD_ADDRESS when the text is no address of this network.
   */
  connect(address: string, waitMs?: number): void;
  /** An offence of a peer, as judged by the caller: lowers its score; at zero it is banned with this reason. */
  penalise(peer: PeerId, points: number, reason: string): void;
  /** Since start, by the name of the channel or service. */
  counters(): ReadonlyMap<string, Readonly<Counters>>;
  /** Faults on purpose from now on, in place of those in force; peers that come within reach are dialled at once. */
  setFaults(rules: FaultRules): void;
  faults(): FaultReport;
  stop(): Promise<void>;
}

export interface Counters {
  sentMessages: number;
  sentBytes: number;
  receivedMessages: number;
  receivedBytes: number;
  /** Not sent: the peer was not connected. */
  droppedUnconnected: number;
  /** Not sent: the peer read too slowly. */
  droppedSlow: number;
  /** Received and thrown away: more than the peer's rate limit. */
  droppedOverRate: number;
}

/** Where a network says what happened; a pino logger fits. */
export interface NetworkLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface HandshakeOptions {
  /** Sent to every new peer. */
  readonly hello: Uint8Array;
  /** Judges a peer's hello: null to accept, else the reason, which names both values. */
  readonly judge: (hello: Uint8Array) => string | null;
}

export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code:
    | 'TIMEOUT'
    | 'DISCONNECTED'
    | 'REFUSED'
    | 'TOO_LARGE'
    | 'NOT_STARTED'
    | 'ALREADY_STARTED'
    | 'ADDRESS_IN_USE'
    | 'BAD_ADDRESS';
  constructor(code: NetworkError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
