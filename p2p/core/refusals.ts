import type { PeerId, Refusal } from '../network.ts';

const MAX_REMEMBERED = 1024;
const MAX_TOLD = 64;

/**
 * Remembers why peers were refused: one that tries again and again is worth one line in the log, not thousands, and a
 * node that nobody wants must be able to say why.
 */
export class Refusals {
  readonly #reasons = new Map<PeerId, string>();

  isNew(peer: PeerId, reason: string): boolean {
    if (this.#reasons.get(peer) === reason) return false;
    this.#reasons.delete(peer);
    const [oldest] = this.#reasons.keys();
    if (this.#reasons.size >= MAX_REMEMBERED && oldest !== undefined) this.#reasons.delete(oldest);
    this.#reasons.set(peer, reason);
    return true;
  }

  /** The peer is connected: what was between us is settled. */
  settled(peer: PeerId): void {
    this.#reasons.delete(peer);
  }

  /** The latest. */
  list(): readonly Refusal[] {
    return [...this.#reasons].slice(-MAX_TOLD).map(([id, reason]) => ({ id, reason }));
  }
}
