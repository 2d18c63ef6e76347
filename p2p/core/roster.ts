import type { Peer, PeerId } from '../network.ts';
import type { Connection } from './connection.ts';

/**
 * The open connections. When two peers dial each other at the same time both links stay: each side sends on the one
 * that came up first and hears both, so there is no moment at which a message falls between them.
 */
export class Roster {
  /** All links, whatever their state. */
  readonly #links = new Map<PeerId, Set<Connection>>();
  /** Connections that are up, by peer; the first is the one to send on. */
  readonly #up = new Map<PeerId, Connection[]>();

  add(connection: Connection): void {
    const links = this.#links.get(connection.peer);
    if (links === undefined) this.#links.set(connection.peer, new Set([connection]));
    else links.add(connection);
  }

  /**
   * Returns true if the peer was not connected before. An older link of the same direction is closed: whoever dialled
   * again has lost it, even if we have not noticed yet.
   */
  markUp(connection: Connection): boolean {
    const ups = this.#up.get(connection.peer);
    if (ups === undefined) {
      this.#up.set(connection.peer, [connection]);
      return true;
    }
    const stale = ups.find(other => other.link.direction === connection.link.direction);
    ups.push(connection);
    stale?.link.close();
    return false;
  }

  /** Returns what the end of this link meant. */
  remove(connection: Connection): { disconnected: boolean; unlinked: boolean } {
    const { peer } = connection;
    const links = this.#links.get(peer);
    links?.delete(connection);
    const unlinked = links === undefined || links.size === 0;
    if (unlinked) this.#links.delete(peer);
    const ups = this.#up.get(peer);
    const index = ups?.indexOf(connection) ?? -1;
    if (ups === undefined || index < 0) return { disconnected: false, unlinked };
    ups.splice(index, 1);
    if (ups.length > 0) return { disconnected: false, unlinked };
    this.#up.delete(peer);
    return { disconnected: true, unlinked };
  }

  /** The connection to send on. */
  get(peer: PeerId): Connection | undefined {
    return this.#up.get(peer)?.[0];
  }

  isLinked(peer: PeerId): boolean {
    return this.#links.has(peer);
  }

  /** Peers with a link, in whatever state. */
  get size(): number {
    return this.#links.size;
  }

  linksOf(peer: PeerId): readonly Connection[] {
    return [...(this.#links.get(peer) ?? [])];
  }

  all(): readonly Connection[] {
    return [...this.#links.values()].flatMap(links => [...links]);
  }

  upPeers(): IterableIterator<PeerId> {
    return this.#up.keys();
  }

  /** Of each peer that is up, the connection to send on. */
  current(): readonly Connection[] {
    return [...this.#up.values()].flatMap(([connection]) => (connection === undefined ? [] : [connection]));
  }
}

export function toPeer({ link, latency }: Connection): Peer {
  return { id: link.peer, address: link.address, direction: link.direction, latency };
}
