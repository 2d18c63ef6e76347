/**
 * A network inside one process, for tests and simulation: the same handshake, channels, services and scores as over
 * TCP, on links that can be cut, slowed, held and made lossy. Addresses are `/memory/<id>`.
 */
import { NetworkCore, type NetworkLimits } from './core/network-core.ts';
import { type Environment, systemEnvironment } from './environment.ts';
import { type FaultRules, faultsOf, type LinkFaults, NO_RULES } from './faults/rules.ts';
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
  readonly #networks = new Map<PeerId, Network>();
  readonly #rules = new Map<PeerId, FaultRules>();
  readonly #seed: number;

  constructor({ environment = systemEnvironment, seed = 0 }: MemoryHubOptions = {}) {
    this.#environment = environment;
    this.#wires = new Wires(environment);
    this.#seed = seed;
  }

  /** A network with this id. After it has stopped the id may be used again, as by a node that restarts. */
  network(id: PeerId, options: MemoryNetworkOptions = {}): Network {
    const transport = new MemoryTransport(id, this.#wires, this.#transports);
    const { handshake = ACCEPT_ALL, log = silentLog, limits = {} } = options;
    const network = new NetworkCore({ transport, environment: this.#environment, handshake, log, limits });
    network.setFaults(this.#rulesOf(id));
    this.#networks.set(id, network);
    return network;
  }

  addressOf(id: PeerId): string {
    return `/memory/${id}`;
  }

  /** Cuts the link between two peers and lets none be made until {@link mend}. */
  cut(a: PeerId, b: PeerId): void {
    this.#change(a, b, { cut: true });
  }

  mend(a: PeerId, b: PeerId): void {
    this.#change(a, b, { cut: false });
  }

  /** Cuts all links between the groups; links inside a group are mended. */
  partition(...groups: readonly (readonly PeerId[])[]): void {
    for (const [index, group] of groups.entries())
      for (const [otherIndex, other] of groups.entries())
        for (const a of group)
          for (const b of other) {
            if (a === b) continue;
            if (index === otherIndex) this.mend(a, b);
            else this.cut(a, b);
          }
  }

  /** Milliseconds on the way, both ways. */
  delay(a: PeerId, b: PeerId, ms: number): void {
    this.#change(a, b, { latencyMs: ms });
  }

  /** The part of frames lost, 0 to 1, both ways. Handshakes and pings are spared. */
  drop(a: PeerId, b: PeerId, part: number): void {
    this.#change(a, b, { lossPercent: 100 * part });
  }

  /** Frames wait, and pile up at the sender, until {@link release}: a peer that does not read. */
  hold(a: PeerId, b: PeerId): void {
    this.#wires.hold(a, b);
  }

  release(a: PeerId, b: PeerId): void {
    this.#wires.release(a, b);
  }

  #rulesOf(id: PeerId): FaultRules {
    return this.#rules.get(id) ?? { ...NO_RULES, seed: this.#seed };
  }

  /** Both ends get the rule: each delays and loses what it sends. */
  #change(a: PeerId, b: PeerId, change: Partial<LinkFaults>): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const rules = this.#rulesOf(from);
      const changed = { ...rules, peers: { ...rules.peers, [to]: { ...faultsOf(rules, to), ...change } } };
      this.#rules.set(from, changed);
      this.#networks.get(from)?.setFaults(changed);
    }
  }
}
