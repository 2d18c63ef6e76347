import type { Environment } from '../environment.ts';
import type { PeerId } from '../network.ts';

/** Where every peer starts, and the most it can have. */
const FULL_SCORE = 100;
/** An honest peer's small sins are forgotten at this pace. */
const RECOVERY_PER_SECOND = 1;
/** Peers remembered: identities cost nothing, so memory of them must be bounded. */
const MAX_REMEMBERED = 4096;

interface Record {
  score: number;
  at: number;
  bannedUntil: number;
  reason: string;
}

/** What each peer has left of its good name, and who is banned. */
export class Scores {
  readonly #environment: Environment;
  readonly #banMs: number;
  readonly #records = new Map<PeerId, Record>();

  constructor(environment: Environment, banMs: number) {
    this.#environment = environment;
    this.#banMs = banMs;
  }

  /** Returns true when this offence made the peer banned. */
  lower(peer: PeerId, points: number, reason: string): boolean {
    const now = this.#environment.now();
    const record = this.#recordOf(peer, now);
    if (record.bannedUntil > now) return false;
    const recovered = ((now - record.at) / 1000) * RECOVERY_PER_SECOND;
    record.score = Math.min(FULL_SCORE, record.score + recovered) - points;
    record.at = now;
    if (record.score > 0) return false;
    record.score = FULL_SCORE;
    record.bannedUntil = now + this.#banMs;
    record.reason = reason;
    return true;
  }

  /** Why the peer is banned now, or null. */
  banOf(peer: PeerId): string | null {
    const record = this.#records.get(peer);
    return record !== undefined && record.bannedUntil > this.#environment.now() ? record.reason : null;
  }

  #recordOf(peer: PeerId, now: number): Record {
    const known = this.#records.get(peer);
    if (known !== undefined) return known;
    const [oldest] = this.#records.keys();
    if (this.#records.size >= MAX_REMEMBERED && oldest !== undefined) this.#records.delete(oldest);
    const record = { score: FULL_SCORE, at: now, bannedUntil: 0, reason: '' };
    this.#records.set(peer, record);
    return record;
  }
}
