/**
 * A network inside one process, for tests and simulation: the same handshake, channels, services and scores as over
 * TCP, on links that can be cut, slowed, held and made lossy. Addresses are `/memory/<id>`.
 */
import { NetworkCore, type NetworkLimits } from './core/network-core.ts';
import { type Environment, seededRandom, systemEnvironment } from './environment.ts';
import { MemoryTransport } from './memory/transport.ts';
import { Wires } from './memory/wires.ts';
import type { HandshakeOptions, Network, NetworkLog, PeerId } from './network.ts';
import { silentLog } from './silent-log.ts';

export interface MemoryHubOptions {
  /** Real time unless given: a simulator passes its own. */
  readonly environment?: Environment;
  /** Of the dice for loss, 0 unless given. */
  readonly seed?: number;
}

export interface MemoryNetworkOptions {
  /** Accepts everyone unless given. */
  readonly handshake?: HandshakeOptions;
  readonly log?: NetworkLog;
  readonly limits?: Partial<NetworkLimits>;
}

const ACCEPT_ALL: HandshakeOptions = { hello: new Uint8Array(), judge: () => null };

export class MemoryHub {
  readonly #environment: Environment;
  readonly #wires: Wires;
  readonly #transports = new Map<PeerId, MemoryTransport>();

  constructor({ environment = systemEnvironment, seed = 0 }: MemoryHubOptions = {}) {
    this.#environment = environment;
    this.#wires = new Wires(environment, seededRandom(seed));
  }

  /** A network with this id. After it has stopped the id may be used again, as by a node that restarts. */
  network(id: PeerId, options: MemoryNetworkOptions = {}): Network {
    const transport = new MemoryTransport(id, this.#wires, this.#transports);
    const { handshake = ACCEPT_ALL, log = silentLog, limits = {} } = options;
    return new NetworkCore({ transport, environment: this.#environment, handshake, log, limits });
  }

  addressOf(id: PeerId): string {
    return `/memory/${id}`;
  }

  /** Cuts the link between two peers and lets none be made until {@link mend}. */
  cut(a: PeerId, b: PeerId): void {
    this.#wires.cut(a, b);
    this.#transports.get(a)?.closeLinksTo(b);
  }

  mend(a: PeerId, b: PeerId): void {
    this.#wires.mend(a, b);
  }

  /** Cuts all links between the groups; links inside a group are mended. */
  partition(...groups: readonly (readonly PeerId[])[]): void {
    for (const [index, group] of groups.entries())
      for (const [otherIndex, other] of groups.entries())
        for (const a of group)
          for (const b of other) {
            if (index === otherIndex) this.mend(a, b);
            else this.cut(a, b);
          }
  }

  /** Milliseconds on the way, both ways. */
  delay(a: PeerId, b: PeerId, ms: number): void {
    this.#wires.delay(a, b, ms);
  }

  /** The part of frames lost, 0 to 1, both ways. Handshakes and pings are spared. */
  drop(a: PeerId, b: PeerId, part: number): void {
    this.#wires.drop(a, b, part);
  }

  /** Frames wait, and pile up at the sender, until {@link release}: a peer that does not read. */
  hold(a: PeerId, b: PeerId): void {
    this.#wires.hold(a, b);
  }

  release(a: PeerId, b: PeerId): void {
    this.#wires.release(a, b);
  }
}
