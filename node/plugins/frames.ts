/** Frames over a stream of bytes: a length of four bytes, big-endian, and so many bytes. */

/** A frame that announces more than the limit. Nothing of it was read or allocated. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code = 'FRAME_TOO_LARGE';
}

const HEADER = 4;

/** The frame around a payload, in one piece so that it leaves in one write. */
export function framed(payload: Uint8Array, max: number): Uint8Array {
  requireSize(payload.length, max);
  const frame = Buffer.allocUnsafe(HEADER + payload.length);
  frame.writeUInt32BE(payload.length);
  frame.set(payload, HEADER);
  return frame;
}

/** Puts frames together out of pieces as they arrive. */
export class FrameReader {
  /** Bytes that one frame may have; it may change between frames. */
  limit: number;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether all that came was taken out. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** The next whole frame, or null until more has arrived. Throws {@link FrameError}. */
  next(): Uint8Array | null {
    if (this.#size < HEADER) return null;
    if ((this.#pieces[0]?.length ?? 0) < HEADER) this.#join();
    const [first] = this.#pieces;
    if (first === undefined) return null;
    const length = Buffer.from(first.buffer, first.byteOffset, first.length).readUInt32BE();
    requireSize(length, this.limit);
    if (this.#size < HEADER + length) return null;
    const all = this.#join();
    const rest = all.subarray(HEADER + length);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return all.subarray(HEADER, HEADER + length);
  }

  #join(): Uint8Array {
    const [first] = this.#pieces;
    const all = this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }
}

function requireSize(length: number, max: number): void {
  if (length > max) throw new FrameError(`a frame of ${length} bytes, at most ${max} are allowed`);
}
