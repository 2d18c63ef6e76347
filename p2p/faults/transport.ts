import type { Environment } from '../environment.ts';
import { NetworkError, type PeerId } from '../network.ts';
import type { Lane, Link, LinkReceiver, Transport } from '../transport.ts';
import { FaultyLink } from './link.ts';
import { decide, type FaultRules, faultsOf, NO_RULES, type Verdict } from './rules.ts';

export interface FaultCounters {
  /** Frames that were sent later than they would have been. */
  delayed: number;
  /** Frames that were not sent. */
  lost: number;
  /** Links that were closed because they were cut. */
  cut: number;
  /** Links to a peer that is cut off, not dialled or not taken. */
  refused: number;
}

export interface FaultReport {
  readonly rules: FaultRules;
  /** Since the network started. */
  readonly counters: Readonly<FaultCounters>;
}

/** Any carrier of bytes, with faults on purpose on the way out. Without rules it adds nothing but a look. */
export class FaultyTransport implements Transport {
  readonly id: PeerId;
  readonly #inner: Transport;
  readonly #environment: Environment;
  readonly #links = new Set<FaultyLink>();
  readonly #counters: FaultCounters = { delayed: 0, lost: 0, cut: 0, refused: 0 };
  /** Who answered at an address that names no peer; one entry per address that is dialled. */
  readonly #answered = new Map<string, PeerId>();
  #rules: FaultRules = NO_RULES;
  /** Frames by way, since the rules are in force. */
  #numbers = new Map<PeerId, Map<Lane, number>>();

  constructor(inner: Transport, environment: Environment) {
    this.id = inner.id;
    this.#inner = inner;
    this.#environment = environment;
  }

  /** Replaces the rules. What is on its way arrives as it was sent. */
  setRules(rules: FaultRules): void {
    this.#rules = rules;
    this.#numbers = new Map();
    for (const link of [...this.#links]) {
      if (!this.#isCut(link.peer)) continue;
      this.#counters.cut++;
      link.close();
    }
  }

  report(): FaultReport {
    return { rules: this.#rules, counters: { ...this.#counters } };
  }

  addresses(): readonly string[] {
    return this.#inner.addresses();
  }

  peerOf(address: string): PeerId | null {
    return this.#inner.peerOf(address);
  }

  start(lanes: readonly Lane[], accept: (link: Link) => LinkReceiver): Promise<void> {
    return this.#inner.start(lanes, link => this.#accept(link, accept));
  }

  async dial(address: string): Promise<PeerId> {
    const expected = this.#inner.peerOf(address) ?? this.#answered.get(address);
    if (expected !== undefined && this.#isCut(expected)) {
      this.#counters.refused++;
      throw cutOff(expected);
    }
    const peer = await this.#inner.dial(address);
    this.#answered.set(address, peer);
    if (this.#isCut(peer)) throw cutOff(peer);
    return peer;
  }

  stop(): Promise<void> {
    return this.#inner.stop();
  }

  #accept(inner: Link, accept: (link: Link) => LinkReceiver): LinkReceiver {
    if (this.#isCut(inner.peer)) {
      this.#counters.refused++;
      inner.close();
      return NOBODY;
    }
    const link = new FaultyLink({
      link: inner,
      environment: this.#environment,
      decide: (peer, lane) => this.#decide(peer, lane),
    });
    this.#links.add(link);
    const receiver = accept(link);
    return {
      frame: (lane, bytes) => receiver.frame(lane, bytes),
      offence: reason => receiver.offence(reason),
      closed: () => {
        this.#links.delete(link);
        link.end();
        receiver.closed();
      },
    };
  }

  #decide(to: PeerId, lane: Lane): Verdict | null {
    if (!Object.hasOwn(this.#rules.peers, to)) return null;
    const verdict = decide(this.#rules, { from: this.id, to, lane: lane.name }, this.#next(to, lane));
    if (verdict.kind !== 'deliver') this.#counters.lost++;
    else if (verdict.afterMs > 0) this.#counters.delayed++;
    return verdict;
  }

  #next(to: PeerId, lane: Lane): number {
    const ofPeer = this.#numbers.get(to) ?? new Map<Lane, number>();
    const n = ofPeer.get(lane) ?? 0;
    ofPeer.set(lane, n + 1);
    this.#numbers.set(to, ofPeer);
    return n;
  }

  #isCut(peer: PeerId): boolean {
    return faultsOf(this.#rules, peer).cut;
  }
}

/** Hears what still comes on a link that is closed before it began. */
const NOBODY: LinkReceiver = { frame() {}, offence() {}, closed() {} };

const cutOff = (peer: PeerId): NetworkError =>
  new NetworkError('DISCONNECTED', `${peer} is cut off by a fault on purpose`);
