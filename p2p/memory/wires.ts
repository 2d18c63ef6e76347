import type { Environment } from '../environment.ts';
import type { PeerId } from '../network.ts';

interface Wire {
  cut: boolean;
  delayMs: number;
  dropPart: number;
  held: boolean;
  /** Called when the wire is released. */
  readonly waiting: Set<() => void>;
}

/** The condition of the way between each two peers. */
export class Wires {
  readonly environment: Environment;
  readonly #random: () => number;
  readonly #wires = new Map<string, Wire>();

  constructor(environment: Environment, random: () => number) {
    this.environment = environment;
    this.#random = random;
  }

  between(a: PeerId, b: PeerId): Readonly<Wire> {
    return this.#wire(a, b);
  }

  /** Throws the dice for one frame. */
  loses(a: PeerId, b: PeerId): boolean {
    const { dropPart } = this.#wire(a, b);
    return dropPart > 0 && this.#random() < dropPart;
  }

  cut(a: PeerId, b: PeerId): void {
    this.#wire(a, b).cut = true;
  }

  mend(a: PeerId, b: PeerId): void {
    this.#wire(a, b).cut = false;
  }

  delay(a: PeerId, b: PeerId, ms: number): void {
    this.#wire(a, b).delayMs = ms;
  }

  drop(a: PeerId, b: PeerId, part: number): void {
    this.#wire(a, b).dropPart = part;
  }

  hold(a: PeerId, b: PeerId): void {
    this.#wire(a, b).held = true;
  }

  release(a: PeerId, b: PeerId): void {
    const wire = this.#wire(a, b);
    wire.held = false;
    const waiting = [...wire.waiting];
    wire.waiting.clear();
    for (const go of waiting) go();
  }

  #wire(a: PeerId, b: PeerId): Wire {
    const key = a < b ? `${a}\n${b}` : `${b}\n${a}`;
    let wire = this.#wires.get(key);
    if (wire === undefined) {
      wire = { cut: false, delayMs: 0, dropPart: 0, held: false, waiting: new Set() };
      this.#wires.set(key, wire);
    }
    return wire;
  }
}
