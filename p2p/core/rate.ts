import type { Environment } from '../environment.ts';
import type { RateLimit } from '../network.ts';

/** For lanes that name no rate of their own, as in tests. */
export const DEFAULT_RATE: RateLimit = { messagesPerSecond: 100_000, bytesPerSecond: 256 * 1024 * 1024 };

/** How many seconds' worth may come at once. */
const BURST_SECONDS = 2;
/** Refused messages count as one offence when they are worth this much of the rate, in messages or in bytes. */
const OFFENCE_SECONDS = 0.01;

/** Two token buckets, one of messages and one of bytes. */
export class RateMeter {
  readonly #environment: Environment;
  readonly #limit: RateLimit;
  #messages: number;
  #bytes: number;
  #filledAt: number;
  /** Seconds' worth refused since the last offence was told. */
  #excess = 0;

  constructor(environment: Environment, limit: RateLimit) {
    this.#environment = environment;
    this.#limit = limit;
    this.#messages = limit.messagesPerSecond * BURST_SECONDS;
    this.#bytes = limit.bytesPerSecond * BURST_SECONDS;
    this.#filledAt = environment.now();
  }

  /** False when the message exceeds the limit. */
  take(bytes: number): boolean {
    if (this.#messages < 1 || this.#bytes < bytes) this.#refill();
    if (this.#messages < 1 || this.#bytes < bytes) return false;
    this.#messages--;
    this.#bytes -= bytes;
    return true;
  }

  /** Of a message that was refused: true once for every hundredth of a second's worth, the moment to lower a score. */
  offends(bytes: number): boolean {
    const { messagesPerSecond, bytesPerSecond } = this.#limit;
    this.#excess += Math.max(1 / messagesPerSecond, bytes / bytesPerSecond);
    if (this.#excess < OFFENCE_SECONDS) return false;
    this.#excess = 0;
    return true;
  }

  // The clock is read only when a bucket looks empty: it costs more than the rest of `take`.
  #refill(): void {
    const now = this.#environment.now();
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    const { messagesPerSecond, bytesPerSecond } = this.#limit;
    this.#messages = Math.min(
      messagesPerSecond * BURST_SECONDS,
      this.#messages + seconds * messagesPerSecond,
    );
    this.#bytes = Math.min(bytesPerSecond * BURST_SECONDS, this.#bytes + seconds * bytesPerSecond);
  }
}
