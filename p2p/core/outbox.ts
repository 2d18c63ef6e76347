/** Frames that wait to be sent: first in, first out, bounded in bytes by dropping the oldest. */
export class Outbox {
  readonly #maxBytes: number;
  #frames: Uint8Array[] = [];
  #head = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns how many older frames were dropped. The newest always stays, so that one large frame can be sent. */
  push(frame: Uint8Array): number {
    let dropped = 0;
    this.#frames.push(frame);
    this.#bytes += frame.length;
    while (this.#bytes > this.#maxBytes && this.#frames.length - this.#head > 1) {
      this.shift();
      dropped++;
    }
    return dropped;
  }

  peek(): Uint8Array | undefined {
    return this.#frames[this.#head];
  }

  shift(): Uint8Array | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#bytes -= frame.length;
    this.#head++;
    // The taken part is cut off in large steps, which keeps the cost of a shift constant.
    if (this.#head === this.#frames.length) {
      this.#frames = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    return frame;
  }

  clear(): void {
    this.#frames = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
