import type { Environment } from '../environment.ts';
import { FaultyTransport } from '../faults/transport.ts';
import type {
  Ban,
  Channel,
  ChannelOptions,
  Counters,
  FaultReport,
  FaultRules,
  HandshakeOptions,
  Network,
  NetworkLog,
  PeerEvent,
  PeerId,
  PeerReport,
  Refusal,
  Service,
  ServiceOptions,
} from '../network.ts';
import { NetworkError } from '../network.ts';
import { OFFENCE_POINTS } from '../offences.ts';
import type { Lane, Link, Transport } from '../transport.ts';
import { createChannel } from './channels.ts';
import type { ConnectionEvents } from './connection.ts';
import { Connection, HELLO_LANE } from './connection.ts';
import { Dialer } from './dialer.ts';
import { Lanes } from './lanes.ts';
import { DEFAULT_RATE } from './rate.ts';
import { Refusals } from './refusals.ts';
import { Roster, toPeer } from './roster.ts';
import { Scores } from './scores.ts';
import { maxServiceFrameBytes, ServicePort } from './services.ts';

export interface NetworkLimits {
  /** Peers connected or in the handshake; more are refused. */
  readonly maxPeers: number;
  /** How long a ban lasts, in milliseconds. */
  readonly banMs: number;
  /** How long a stranger may take to say who it is, in milliseconds. */
  readonly handshakeMs: number;
}

export interface CoreOptions {
  readonly transport: Transport;
  readonly environment: Environment;
  readonly handshake: HandshakeOptions;
  readonly log: NetworkLog;
  readonly limits?: Partial<NetworkLimits>;
}

export const DEFAULT_LIMITS: NetworkLimits = { maxPeers: 128, banMs: 60_000, handshakeMs: 5_000 };
/** Two nodes that dial each other make two links, and for a moment there are the old ones of a node that came back. */
const LINKS_PER_PEER = 4;

/** A network on any transport: everything that does not depend on how bytes travel. */
export class NetworkCore implements Network {
  readonly id: PeerId;
  readonly #transport: FaultyTransport;
  readonly #environment: Environment;
  readonly #handshake: HandshakeOptions;
  readonly #log: NetworkLog;
  readonly #limits: NetworkLimits;
  readonly #roster = new Roster();
  readonly #scores: Scores;
  readonly #lanes: Lanes;
  readonly #dialer: Dialer;
  readonly #refusals = new Refusals();
  readonly #listeners = new Set<(event: PeerEvent) => void>();
  #state: 'new' | 'started' | 'stopped' = 'new';

  constructor({ transport, environment, handshake, log, limits }: CoreOptions) {
    this.id = transport.id;
    this.#transport = new FaultyTransport(transport, environment);
    this.#environment = environment;
    this.#handshake = handshake;
    this.#log = log;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#scores = new Scores(environment, this.#limits.banMs);
    this.#lanes = new Lanes({
      environment,
      log,
      roster: this.#roster,
      onOffence: (connection, reason) => connection.offence(reason),
      onTooFast: ({ peer }, lane) =>
        this.penalise(peer, OFFENCE_POINTS.tooFast, `sends too fast on ${lane.name}`),
    });
    const isLinked = (peer: PeerId) => this.#roster.isLinked(peer);
    this.#dialer = new Dialer({ transport: this.#transport, environment, log, isLinked });
  }

  addresses(): readonly string[] {
    return this.#transport.addresses();
  }

  peers(): readonly PeerReport[] {
    return this.#roster.current().map(connection => ({
      ...toPeer(connection),
      score: this.#scores.of(connection.peer),
      droppedSlow: connection.dropped.slow,
      droppedOverRate: connection.dropped.overRate,
    }));
  }

  bans(): readonly Ban[] {
    return this.#scores.bans();
  }

  refusals(): readonly Refusal[] {
    return this.#refusals.list();
  }

  counters(): ReadonlyMap<string, Readonly<Counters>> {
    return this.#lanes.counters();
  }

  onPeer(listener: (event: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  channel(name: string, options: ChannelOptions): Channel {
    const { maxMessageBytes, maxQueuedBytes, rate = DEFAULT_RATE, onMessage } = options;
    this.#mustBeNew(name);
    const sender = this.#lanes.add(
      { name: `channel/${name}`, maxFrameBytes: maxMessageBytes, maxQueuedBytes },
      rate,
    );
    this.#lanes.listen(sender.lane, {
      frame: ({ peer }, message) => onMessage(peer, message),
      closed: () => {},
    });
    return createChannel(name, options, sender, this.#roster);
  }

  service(name: string, options: ServiceOptions): Service {
    this.#mustBeNew(name);
    const maxFrameBytes = maxServiceFrameBytes(options);
    // Room for all the answers that a peer can have coming and for as many questions: nothing is ever dropped between
    // honest nodes.
    const maxQueuedBytes = 2 * maxFrameBytes * options.maxConcurrent;
    const lane = { name: `service/${name}`, maxFrameBytes, maxQueuedBytes };
    const sender = this.#lanes.add(lane, options.rate ?? DEFAULT_RATE);
    const port = new ServicePort(name, options, sender, this.#environment, this.#log);
    this.#lanes.listen(sender.lane, {
      frame: (connection, bytes) => port.onFrame(connection, bytes),
      closed: connection => port.onClosed(connection),
    });
    return port;
  }

  async start(): Promise<void> {
    this.#mustBeNew('start');
    this.#state = 'started';
    await this.#transport.start([HELLO_LANE, ...this.#lanes.all()], link => this.#accept(link));
    if (this.#isStarted()) this.#dialer.start();
  }

  connect(address: string, waitMs = 0): void {
    this.#dialer.want(address, waitMs);
  }

  penalise(peer: PeerId, points: number, reason: string): void {
    if (peer === this.id || !this.#scores.lower(peer, points, reason)) return;
    this.#log.warn({ peer, reason, seconds: this.#limits.banMs / 1000 }, 'peer banned');
    this.#emit({ kind: 'banned', id: peer, reason });
    for (const connection of this.#roster.linksOf(peer)) connection.refuse(`banned: ${reason}`);
  }

  setFaults(rules: FaultRules): void {
    this.#transport.setRules(rules);
    this.#dialer.hurry();
  }

  faults(): FaultReport {
    return this.#transport.report();
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    const wasStarted = this.#isStarted();
    this.#state = 'stopped';
    this.#dialer.stop();
    if (wasStarted) await this.#transport.stop();
  }

  // A method of its own because the compiler does not see that the state changes during an await.
  #isStarted(): boolean {
    return this.#state === 'started';
  }

  #mustBeNew(name: string): void {
    if (this.#state !== 'new')
      throw new NetworkError('ALREADY_STARTED', `${name}: the network was started before`);
  }

  #accept(link: Link): Connection {
    const ban = this.#scores.banOf(link.peer);
    const links = this.#roster.linksOf(link.peer).length;
    // Whom we dialled ourselves we want: a crowd of strangers must not keep configured peers out.
    const full = this.#roster.size >= this.#limits.maxPeers && links === 0 && link.direction === 'inbound';
    const connection = new Connection(link, {
      environment: this.#environment,
      handshake: this.#handshake,
      handshakeMs: this.#limits.handshakeMs,
      events: this.#connectionEvents,
    });
    this.#roster.add(connection);
    if (ban !== null) connection.refuse(`banned: ${ban}`);
    else if (full) connection.refuse(`full: ${this.#limits.maxPeers} peers are connected`);
    else if (links >= LINKS_PER_PEER) {
      const reason = `opens more than ${LINKS_PER_PEER} connections`;
      this.penalise(link.peer, OFFENCE_POINTS.connection, reason);
      connection.refuse(reason);
    }
    return connection;
  }

  readonly #connectionEvents: ConnectionEvents = {
    up: connection => {
      if (!this.#roster.markUp(connection)) return;
      this.#refusals.settled(connection.peer);
      this.#dialer.onUp(connection.peer);
      this.#log.debug({ peer: connection.peer, address: connection.link.address }, 'peer connected');
      this.#emit({ kind: 'connected', peer: toPeer(connection) });
    },
    refused: (connection, reason) => {
      const level = this.#refusals.isNew(connection.peer, reason) ? 'warn' : 'debug';
      this.#log[level]({ peer: connection.peer, address: connection.link.address, reason }, 'peer refused');
      this.#emit({ kind: 'refused', id: connection.peer, reason });
    },
    frame: (connection, lane: Lane, bytes) => this.#lanes.frame(connection, lane, bytes),
    offence: (connection, reason) => {
      this.#log.warn({ peer: connection.peer, address: connection.link.address, reason }, 'protocol offence');
      this.penalise(connection.peer, OFFENCE_POINTS.protocol, reason);
      connection.refuse(reason);
    },
    closed: connection => {
      const { disconnected, unlinked } = this.#roster.remove(connection);
      this.#lanes.closed(connection);
      if (disconnected) {
        this.#log.debug({ peer: connection.peer }, 'peer disconnected');
        this.#emit({ kind: 'disconnected', id: connection.peer });
      }
      if (unlinked) this.#dialer.onUnlinked(connection.peer);
    },
  };

  #emit(event: PeerEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#log.error({ event: event.kind, error: text }, 'a peer listener threw');
      }
    }
  }
}
