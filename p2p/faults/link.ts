import { Outbox } from '../core/outbox.ts';
import type { Environment } from '../environment.ts';
import type { PeerId } from '../network.ts';
import type { Lane, Link } from '../transport.ts';
import type { Verdict } from './rules.ts';

export interface FaultyLinkOptions {
  readonly link: Link;
  readonly environment: Environment;
  /** null while no rule names the peer. */
  readonly decide: (peer: PeerId, lane: Lane) => Verdict | null;
}

/** A link whose outgoing frames are lost or come late. Incoming ones meet the faults of the other side. */
export class FaultyLink implements Link {
  readonly peer: PeerId;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  readonly #options: FaultyLinkOptions;
  readonly #delayed = new Map<Lane, DelayedLane>();

  constructor(options: FaultyLinkOptions) {
    this.peer = options.link.peer;
    this.address = options.link.address;
    this.direction = options.link.direction;
    this.#options = options;
  }

  send(lane: Lane, frame: Uint8Array): number {
    const verdict = this.#options.decide(this.peer, lane);
    const delayed = this.#delayed.get(lane);
    if (verdict === null && delayed === undefined) return this.#options.link.send(lane, frame);
    if (verdict !== null && verdict.kind !== 'deliver') return 0;
    return (delayed ?? this.#delay(lane)).push(frame, verdict?.afterMs ?? 0);
  }

  close(): void {
    this.#options.link.close();
  }

  /** The link is gone, and with it what was on the way. */
  end(): void {
    for (const lane of this.#delayed.values()) lane.clear();
    this.#delayed.clear();
  }

  #delay(lane: Lane): DelayedLane {
    const { link, environment } = this.#options;
    const delayed = new DelayedLane(lane, link, environment, () => this.#delayed.delete(lane));
    this.#delayed.set(lane, delayed);
    return delayed;
  }
}

/** Frames of one lane on their way: in order, bounded like the queue before them, with one timer for the next. */
class DelayedLane {
  readonly #lane: Lane;
  readonly #link: Link;
  readonly #environment: Environment;
  readonly #onEmpty: () => void;
  readonly #frames: Outbox;
  /** When each frame of the outbox arrives; never before an earlier one. */
  readonly #dues: number[] = [];
  #lastDue = 0;
  #cancel: (() => void) | null = null;
  /** Frames that the link dropped for late ones, for the next caller to count. */
  #dropped = 0;

  constructor(lane: Lane, link: Link, environment: Environment, onEmpty: () => void) {
    this.#lane = lane;
    this.#link = link;
    this.#environment = environment;
    this.#onEmpty = onEmpty;
    this.#frames = new Outbox(lane.maxQueuedBytes);
  }

  /** Returns how many older frames were dropped. */
  push(frame: Uint8Array, afterMs: number): number {
    this.#lastDue = Math.max(this.#lastDue, this.#environment.now() + afterMs);
    this.#dues.push(this.#lastDue);
    const dropped = this.#frames.push(frame) + this.#dropped;
    this.#dues.splice(0, dropped - this.#dropped);
    this.#dropped = 0;
    if (this.#cancel === null) this.#deliver();
    return dropped;
  }

  clear(): void {
    this.#cancel?.();
    this.#frames.clear();
  }

  #deliver(): void {
    this.#cancel = null;
    const now = this.#environment.now();
    for (let due = this.#dues[0]; due !== undefined; due = this.#dues[0]) {
      if (due > now) {
        this.#cancel = this.#environment.after(due - now, () => this.#deliver());
        return;
      }
      this.#dues.shift();
      const frame = this.#frames.shift();
      if (frame !== undefined) this.#dropped += this.#link.send(this.#lane, frame);
    }
    // Kept while there is something to count: the next frame of this lane comes through here.
    if (this.#dropped === 0) this.#onEmpty();
  }
}
