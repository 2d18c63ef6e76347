import type { PeerId } from './network.ts';

export interface FairQueueOptions<T> {
  /** Of one peer: what may wait, and how much of it at once is under way. */
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  readonly maxRunning: number;
  /** Of one peer, under way at once before anything of it was good, and after something was bad. */
  readonly minRunning: number;
  /** Of one peer, begun within one turn of the event loop. */
  readonly maxPerTurn: number;
  /** Must not reject. */
  readonly run: (peer: PeerId, item: T) => Promise<Worth>;
}

/** What an item was worth: a good one doubles what its peer may have under way, a bad one takes it back. */
export type Worth = 'good' | 'bad' | 'neither';

interface Line<T> {
  items: { readonly item: T; readonly bytes: number }[];
  head: number;
  bytes: number;
  running: number;
  begun: number;
  /** How much may be under way now: a stranger costs little work before its first offences are known. */
  window: number;
}

/**
 * Work that peers cause, each peer's in order, bounded, and by turns: however much one peer sends, the next message of
 * another is begun within one turn of the event loop, and votes are heard in between.
 */
export class FairQueue<T> {
  readonly #options: FairQueueOptions<T>;
  readonly #lines = new Map<PeerId, Line<T>>();
  #scheduled = false;

  constructor(options: FairQueueOptions<T>) {
    this.#options = options;
  }

  /** False: too much of this peer waits already. */
  push(peer: PeerId, item: T, bytes: number): boolean {
    const { maxWaiting, maxWaitingBytes, minRunning } = this.#options;
    const line = this.#lines.get(peer) ?? {
      items: [],
      head: 0,
      bytes: 0,
      running: 0,
      begun: 0,
      window: minRunning,
    };
    if (line.items.length - line.head >= maxWaiting || line.bytes + bytes > maxWaitingBytes) return false;
    this.#lines.set(peer, line);
    line.items.push({ item, bytes });
    line.bytes += bytes;
    this.#begin(peer, line);
    return true;
  }

  /** Drops what waits of a peer. What is under way is finished. */
  forget(peer: PeerId): void {
    const line = this.#lines.get(peer);
    if (line === undefined) return;
    Object.assign(line, { items: [], head: 0, bytes: 0 });
    this.#tidy(peer, line);
  }

  waiting(peer: PeerId): number {
    const line = this.#lines.get(peer);
    return line === undefined ? 0 : line.items.length - line.head;
  }

  #begin(peer: PeerId, line: Line<T>): void {
    const { maxPerTurn, run } = this.#options;
    while (line.head < line.items.length && line.running < line.window && line.begun < maxPerTurn) {
      const next = line.items[line.head++];
      if (next === undefined) break;
      line.bytes -= next.bytes;
      line.running++;
      line.begun++;
      void run(peer, next.item).then(worth => this.#ended(peer, line, worth));
    }
    if (line.head === line.items.length) Object.assign(line, { items: [], head: 0 });
    if (line.begun > 0) this.#schedule();
  }

  #ended(peer: PeerId, line: Line<T>, worth: Worth): void {
    const { minRunning, maxRunning } = this.#options;
    if (worth === 'good') line.window = Math.min(line.window * 2, maxRunning);
    if (worth === 'bad') line.window = minRunning;
    line.running--;
    if (line.head < line.items.length) this.#begin(peer, line);
    else this.#tidy(peer, line);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      for (const [peer, line] of this.#lines) {
        line.begun = 0;
        if (line.head < line.items.length) this.#begin(peer, line);
        else this.#tidy(peer, line);
      }
    });
  }

  #tidy(peer: PeerId, line: Line<T>): void {
    if (line.running === 0 && line.begun === 0 && line.items.length === 0) this.#lines.delete(peer);
  }
}
