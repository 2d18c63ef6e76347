import type { Environment } from '../environment.ts';
import type { Counters, NetworkLog, RateLimit } from '../network.ts';
import { NetworkError } from '../network.ts';
import type { Lane } from '../transport.ts';
import type { Connection } from './connection.ts';
import { newCounters } from './counters.ts';
import { ProtocolError } from './protocol-error.ts';
import { RateMeter } from './rate.ts';
import type { Roster } from './roster.ts';
import { Sender } from './sender.ts';

/** Who hears what comes on a lane. */
export interface LaneListener {
  frame(connection: Connection, bytes: Uint8Array): void;
  closed(connection: Connection): void;
}

interface Entry {
  readonly sender: Sender;
  readonly rate: RateLimit;
  readonly meters: Map<Connection, RateMeter>;
  listener: LaneListener | null;
}

export interface LanesOptions {
  readonly environment: Environment;
  readonly log: NetworkLog;
  readonly roster: Roster;
  readonly onOffence: (connection: Connection, reason: string) => void;
  /** A peer sent a hundredth of a second's worth above its limit. */
  readonly onTooFast: (connection: Connection, lane: Lane) => void;
}

/** The lanes of channels and services: counts, holds peers to their rate, and hands frames to whoever listens. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  add(lane: Lane, rate: RateLimit): Sender {
    if (this.#entries.has(lane.name))
      throw new NetworkError('ALREADY_STARTED', `${lane.name} is registered already`);
    const sender = new Sender(lane, newCounters(), this.#options.roster);
    this.#entries.set(lane.name, { sender, rate, meters: new Map(), listener: null });
    return sender;
  }

  listen(lane: Lane, listener: LaneListener): void {
    const entry = this.#entries.get(lane.name);
    if (entry !== undefined) entry.listener = listener;
  }

  all(): readonly Lane[] {
    return [...this.#entries.values()].map(entry => entry.sender.lane);
  }

  counters(): ReadonlyMap<string, Readonly<Counters>> {
    return new Map([...this.#entries].map(([name, entry]) => [name, { ...entry.sender.counters }]));
  }

  frame(connection: Connection, lane: Lane, bytes: Uint8Array): void {
    const entry = this.#entries.get(lane.name);
    if (entry === undefined || entry.listener === null) return;
    const { counters } = entry.sender;
    if (!this.#allowed(entry, connection, bytes.length)) {
      counters.droppedOverRate++;
      connection.dropped.overRate++;
      return;
    }
    counters.receivedMessages++;
    counters.receivedBytes += bytes.length;
    this.#deliver(entry.listener, connection, lane, bytes);
  }

  closed(connection: Connection): void {
    for (const { meters, listener } of this.#entries.values()) {
      meters.delete(connection);
      listener?.closed(connection);
    }
  }

  #allowed(entry: Entry, connection: Connection, bytes: number): boolean {
    let meter = entry.meters.get(connection);
    if (meter === undefined) {
      meter = new RateMeter(this.#options.environment, entry.rate);
      entry.meters.set(connection, meter);
    }
    if (meter.take(bytes)) return true;
    if (meter.offends(bytes)) this.#options.onTooFast(connection, entry.sender.lane);
    return false;
  }

  // What a listener throws must not take the node down: its input is a stranger's.
  #deliver(listener: LaneListener, connection: Connection, lane: Lane, bytes: Uint8Array): void {
    try {
      listener.frame(connection, bytes);
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#options.onOffence(connection, `${lane.name}: ${error.message}`);
        return;
      }
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log.error({ lane: lane.name, peer: connection.peer, error: text }, 'a receiver threw');
    }
  }
}
