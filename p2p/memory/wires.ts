import type { Environment } from '../environment.ts';
import type { PeerId } from '../network.ts';

interface Wire {
  held: boolean;
  /** Called when the wire is released. */
  readonly waiting: Set<() => void>;
}

/** Which peers do not read from each other. */
export class Wires {
  readonly environment: Environment;
  readonly #wires = new Map<string, Wire>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  between(a: PeerId, b: PeerId): Readonly<Wire> {
    return this.#wire(a, b);
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
      wire = { held: false, waiting: new Set() };
      this.#wires.set(key, wire);
    }
    return wire;
  }
}
