import type { PeerId } from '../network.ts';
import { NetworkError } from '../network.ts';
import type { Lane, Link, LinkReceiver, Transport } from '../transport.ts';
import { MemoryLink } from './link.ts';
import type { Wires } from './wires.ts';

const ADDRESS = /^\/memory\/(.+)$/;

/** Carries frames between the transports in one map. */
export class MemoryTransport implements Transport {
  readonly id: PeerId;
  readonly #wires: Wires;
  readonly #others: Map<PeerId, MemoryTransport>;
  readonly #links = new Set<MemoryLink>();
  #lanes = new Map<string, Lane>();
  #accept: ((link: Link) => LinkReceiver) | null = null;

  constructor(id: PeerId, wires: Wires, others: Map<PeerId, MemoryTransport>) {
    this.id = id;
    this.#wires = wires;
    this.#others = others;
  }

  addresses(): readonly string[] {
    return this.#accept === null ? [] : [`/memory/${this.id}`];
  }

  peerOf(address: string): PeerId {
    const peer = ADDRESS.exec(address)?.[1];
    if (peer === undefined)
      throw new NetworkError('BAD_ADDRESS', `"${address}" is no memory address: /memory/<id>`);
    return peer;
  }

  async start(lanes: readonly Lane[], accept: (link: Link) => LinkReceiver): Promise<void> {
    if (this.#others.has(this.id))
      throw new NetworkError('ADDRESS_IN_USE', `${this.id} is on this hub already`);
    this.#lanes = new Map(lanes.map(lane => [lane.name, lane]));
    this.#accept = accept;
    this.#others.set(this.id, this);
  }

  async dial(address: string): Promise<PeerId> {
    const peer = this.peerOf(address);
    if (peer === this.id) return peer;
    const other = this.#others.get(peer);
    if (other === undefined) throw new NetworkError('DISCONNECTED', `${address} does not answer`);
    const ours = new MemoryLink(this.#wires, this.id, peer, 'outbound');
    const theirs = new MemoryLink(this.#wires, peer, this.id, 'inbound');
    ours.join(theirs);
    theirs.join(ours);
    other.#adopt(theirs);
    this.#adopt(ours);
    return peer;
  }

  async stop(): Promise<void> {
    this.#others.delete(this.id);
    this.#accept = null;
    for (const link of [...this.#links]) link.close();
  }

  #adopt(link: MemoryLink): void {
    if (this.#accept === null) {
      link.close();
      return;
    }
    this.#links.add(link);
    link.receive(this.#lanes, this.#accept(link), () => this.#links.delete(link));
  }
}
