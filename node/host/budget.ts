/** How much somebody may ask for: so much per second, and a burst. */
export class Budget {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  #level: number;
  #filled: number;

  /** `now` in milliseconds. */
  constructor(perSecond: number, burst: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#now = now;
    this.#level = burst;
    this.#filled = now();
  }

  /** Takes it whether it is there or not, and says what is left: less than nothing for whoever asks too fast. */
  take(amount: number): number {
    const now = this.#now();
    const more = ((now - this.#filled) / 1000) * this.#perSecond;
    this.#level = Math.min(this.#burst, this.#level + more) - amount;
    this.#filled = now;
    return this.#level;
  }
}
