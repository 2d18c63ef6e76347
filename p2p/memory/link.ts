import { Outbox } from '../core/outbox.ts';
import type { PeerId } from '../network.ts';
import type { Lane, Link, LinkReceiver } from '../transport.ts';
import type { Wires } from './wires.ts';

/** One end of a link; the other end is joined to it. */
export class MemoryLink implements Link {
  readonly peer: PeerId;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  readonly #wires: Wires;
  readonly #self: PeerId;
  readonly #outboxes = new Map<string, Outbox>();
  #lanes: ReadonlyMap<string, Lane> = new Map();
  #receiver: LinkReceiver | null = null;
  #onClosed: () => void = () => {};
  #other: MemoryLink | null = null;
  #open = true;

  constructor(wires: Wires, self: PeerId, peer: PeerId, direction: 'inbound' | 'outbound') {
    this.#wires = wires;
    this.#self = self;
    this.peer = peer;
    this.address = `/memory/${peer}`;
    this.direction = direction;
  }

  join(other: MemoryLink): void {
    this.#other = other;
  }

  receive(lanes: ReadonlyMap<string, Lane>, receiver: LinkReceiver, onClosed: () => void): void {
    this.#lanes = lanes;
    this.#receiver = receiver;
    this.#onClosed = onClosed;
  }

  send(lane: Lane, frame: Uint8Array): number {
    if (!this.#open) return 0;
    let outbox = this.#outboxes.get(lane.name);
    if (outbox === undefined) {
      outbox = new Outbox(lane.maxQueuedBytes);
      this.#outboxes.set(lane.name, outbox);
    }
    // A copy, as over a wire: the receiver owns its bytes.
    const dropped = outbox.push(frame.slice());
    this.#schedule(lane.name);
    return dropped;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    // The receiver learns it later, as it would from a socket.
    this.#wires.environment.after(0, () => this.#tellClosed());
    this.#other?.close();
  }

  #schedule(lane: string): void {
    this.#wires.environment.after(0, () => this.#deliverNext(lane));
  }

  #deliverNext(lane: string): void {
    if (!this.#open) return;
    const wire = this.#wires.between(this.#self, this.peer);
    if (wire.held) {
      wire.waiting.add(() => this.#flush());
      return;
    }
    const frame = this.#outboxes.get(lane)?.shift();
    if (frame !== undefined) this.#carry(lane, frame);
  }

  #flush(): void {
    for (const [lane, outbox] of this.#outboxes)
      for (let frame = outbox.shift(); frame !== undefined; frame = outbox.shift()) this.#carry(lane, frame);
  }

  #carry(lane: string, frame: Uint8Array): void {
    const other = this.#other;
    if (other !== null) other.#deliver(lane, frame);
  }

  #deliver(laneName: string, frame: Uint8Array): void {
    const lane = this.#lanes.get(laneName);
    if (!this.#open || this.#receiver === null || lane === undefined) return;
    if (frame.length > lane.maxFrameBytes)
      this.#receiver.offence(`a frame of ${frame.length} bytes, the limit is ${lane.maxFrameBytes}`);
    else this.#receiver.frame(lane, frame);
  }

  #tellClosed(): void {
    this.#receiver?.closed();
    this.#receiver = null;
    this.#onClosed();
  }
}
