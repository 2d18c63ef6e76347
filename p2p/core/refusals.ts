import type { PeerId } from '../network.ts';

const MAX_REMEMBERED = 1024;

/** Remembers why peers were refused: one that tries again and again is worth one line in the log, not thousands. */
export class Refusals {
  readonly #reasons = new Map<PeerId, string>();

  isNew(peer: PeerId, reason: string): boolean {
    if (this.#reasons.get(peer) === reason) return false;
    if (this.#reasons.size >= MAX_REMEMBERED) this.#reasons.clear();
    this.#reasons.set(peer, reason);
    return true;
  }
}
