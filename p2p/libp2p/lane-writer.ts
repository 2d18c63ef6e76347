import type { Stream } from '@libp2p/interface';
import { encodeFrames, FRAME_HEADER_BYTES } from '../core/frames.ts';
import { Outbox } from '../core/outbox.ts';

/** Frames are joined up to about this size: one write, one encryption, one packet. The copy costs less than either. */
const BATCH_BYTES = 64 * 1024;
/** After a stream was lost or refused, so that a peer that resets it at once does not make us spin. */
const REOPEN_MS = 100;

export interface LaneWriterOptions {
  readonly maxQueuedBytes: number;
  readonly open: () => Promise<Stream>;
  readonly onError: (error: unknown) => void;
}

/**
 * The sending end of a lane: one long-lived stream, opened with the first frame and opened again after a reset.
 * Frames handed over in the same turn of the event loop leave together.
 */
export class LaneWriter {
  readonly #options: LaneWriterOptions;
  readonly #outbox: Outbox;
  #stream: Stream | null = null;
  #state: 'idle' | 'scheduled' | 'opening' | 'blocked' | 'resting' | 'closed' = 'idle';
  #timer: NodeJS.Timeout | null = null;

  constructor(options: LaneWriterOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.maxQueuedBytes);
  }

  /** Returns how many older frames were dropped. */
  send(frame: Uint8Array): number {
    if (this.#state === 'closed') return 0;
    const dropped = this.#outbox.push(frame);
    if (this.#state === 'idle') {
      this.#state = 'scheduled';
      queueMicrotask(() => this.#flush());
    }
    return dropped;
  }

  close(): void {
    this.#state = 'closed';
    this.#stream = null;
    this.#outbox.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #flush(): void {
    if (this.#isClosed()) return;
    if (this.#stream === null) {
      this.#open();
      return;
    }
    this.#state = 'idle';
    try {
      while (this.#state === 'idle' && this.#stream !== null && this.#outbox.peek() !== undefined)
        if (!writeBatch(this.#stream, this.#outbox)) this.#state = 'blocked';
    } catch (error) {
      this.#lose(error);
    }
  }

  #open(): void {
    this.#state = 'opening';
    this.#options.open().then(
      stream => this.#use(stream),
      (error: unknown) => this.#lose(error),
    );
  }

  #use(stream: Stream): void {
    if (this.#isClosed()) return;
    this.#stream = stream;
    stream.addEventListener('drain', () => {
      if (this.#stream === stream && this.#state === 'blocked') this.#flush();
    });
    stream.addEventListener('close', event => {
      if (this.#stream === stream) this.#lose(event.error);
    });
    this.#flush();
  }

  /** What was already written may be lost with the stream; what is queued goes to the next one. */
  #lose(error: unknown): void {
    if (this.#isClosed()) return;
    this.#stream = null;
    this.#state = 'resting';
    if (error !== undefined) this.#options.onError(error);
    this.#timer = setTimeout(() => {
      this.#state = 'idle';
      if (this.#outbox.peek() !== undefined) this.#flush();
    }, REOPEN_MS).unref();
  }

  // A method of its own because the compiler does not see that calls change the state.
  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

/** Writes the oldest frames. Returns false when the stream wants no more for now. */
function writeBatch(stream: Stream, outbox: Outbox): boolean {
  const frames: Uint8Array[] = [];
  let bytes = 0;
  for (let frame = outbox.peek(); frame !== undefined; frame = outbox.peek()) {
    if (bytes > 0 && bytes + frame.length > BATCH_BYTES) break;
    outbox.shift();
    frames.push(frame);
    bytes += frame.length + FRAME_HEADER_BYTES;
  }
  return stream.send(encodeFrames(frames));
}
