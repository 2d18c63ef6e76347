import type { Environment } from '../environment.ts';
import type { Ban, PeerId } from '../network.ts';

/** Where every peer starts, and the most it can have. */
export const FULL_SCORE = 100;
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

/** What each peer has left of its good name, and who is banned. Kept in memory: a restart forgives everybody. */
export class Scores {
  readonly #environment: Environment;
  readonly #banMs: number;
  /** The one that offended longest ago comes first. */
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
    record.score = recovered(record, now) - points;
    record.at = now;
    if (record.score > 0) return false;
    // After the ban the peer starts afresh: an honest node whose fault was repaired is not watched with suspicion.
    record.score = FULL_SCORE;
    record.bannedUntil = now + this.#banMs;
    record.reason = reason;
    return true;
  }

  /** Points left. */
  of(peer: PeerId): number {
    const record = this.#records.get(peer);
    return record === undefined ? FULL_SCORE : recovered(record, this.#environment.now());
  }

  /** Why the peer is banned now, or null. */
  banOf(peer: PeerId): string | null {
    const record = this.#records.get(peer);
    return record !== undefined && record.bannedUntil > this.#environment.now() ? record.reason : null;
  }

  /** Who is banned now, and for how many milliseconds more. */
  bans(): readonly Ban[] {
    const now = this.#environment.now();
    return [...this.#records].flatMap(([id, { bannedUntil, reason }]) =>
      bannedUntil > now ? [{ id, reason, leftMs: bannedUntil - now }] : [],
    );
  }

  #recordOf(peer: PeerId, now: number): Record {
    const known = this.#records.get(peer);
    const record = known ?? { score: FULL_SCORE, at: now, bannedUntil: 0, reason: '' };
    this.#records.delete(peer);
    if (this.#records.size >= MAX_REMEMBERED) this.#forgetOne(now);
    this.#records.set(peer, record);
    return record;
  }

  /** Rather one who is not banned: else a ban could be ended early with a swarm of fresh identities. */
  #forgetOne(now: number): void {
    for (const [peer, { bannedUntil }] of this.#records) {
      if (bannedUntil > now) continue;
      this.#records.delete(peer);
      return;
    }
    const [oldest] = this.#records.keys();
    if (oldest !== undefined) this.#records.delete(oldest);
  }
}

const recovered = ({ score, at }: Record, now: number): number =>
  Math.min(FULL_SCORE, score + ((now - at) / 1000) * RECOVERY_PER_SECOND);
