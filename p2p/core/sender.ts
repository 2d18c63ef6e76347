import type { Counters, PeerId } from '../network.ts';
import type { Lane } from '../transport.ts';
import type { Connection } from './connection.ts';
import type { Roster } from './roster.ts';

/** Sending on one lane, with the counting that goes with it. */
export class Sender {
  readonly lane: Lane;
  readonly counters: Counters;
  readonly #roster: Roster;

  constructor(lane: Lane, counters: Counters, roster: Roster) {
    this.lane = lane;
    this.counters = counters;
    this.#roster = roster;
  }

  /** Returns the connection used, or null if the peer is not connected. */
  toPeer(peer: PeerId, frame: Uint8Array): Connection | null {
    const connection = this.#roster.get(peer);
    if (connection === undefined) {
      this.counters.droppedUnconnected++;
      return null;
    }
    this.toConnection(connection, frame);
    return connection;
  }

  toConnection(connection: Connection, frame: Uint8Array): void {
    this.counters.sentMessages++;
    this.counters.sentBytes += frame.length;
    const dropped = connection.link.send(this.lane, frame);
    this.counters.droppedSlow += dropped;
    connection.dropped.slow += dropped;
  }
}
