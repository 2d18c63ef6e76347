/**
 * Length-prefixed frames: u32 big-endian, then that many bytes. Streams keep no message boundaries; this does.
 */
import { ProtocolError } from './protocol-error.ts';

export const FRAME_HEADER_BYTES = 4;
/** Room made for a frame before its bytes come: four bytes of a stranger must not cost megabytes. */
const FIRST_ROOM_BYTES = 64 * 1024;

/** The frames one after the other, in one new array. */
export function encodeFrames(frames: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const frame of frames) length += FRAME_HEADER_BYTES + frame.length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const frame of frames) {
    writeUint32(bytes, offset, frame.length);
    bytes.set(frame, offset + FRAME_HEADER_BYTES);
    offset += FRAME_HEADER_BYTES + frame.length;
  }
  return bytes;
}

/**
 * All frames of a complete buffer, each a copy.
 * @throws ProtocolError when a frame is longer than `maxFrameBytes` or the last one is cut off.
 */
export function decodeFrames(bytes: Uint8Array, maxFrameBytes: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const reader = new FrameReader(maxFrameBytes, frame => frames.push(frame));
  reader.push(bytes);
  if (reader.pending) throw new ProtocolError('the last frame is cut off');
  return frames;
}

/** Cuts a stream of bytes, coming in pieces of any size, into frames. */
export class FrameReader {
  readonly #maxFrameBytes: number;
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #body: Uint8Array | null = null;
  #bodyFilled = 0;
  #bodyLength = 0;

  constructor(maxFrameBytes: number, onFrame: (frame: Uint8Array) => void) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#onFrame = onFrame;
  }

  /** True inside a frame. */
  get pending(): boolean {
    return this.#headerFilled > 0;
  }

  /** @throws ProtocolError for a frame above the limit, before anything is allocated for it. */
  push(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#body === null) {
        offset = this.#fillHeader(bytes, offset);
        if (this.#headerFilled < FRAME_HEADER_BYTES) return;
        this.#bodyLength = this.#frameLength();
        this.#body = new Uint8Array(Math.min(this.#bodyLength, FIRST_ROOM_BYTES));
        this.#bodyFilled = 0;
      }
      const take = Math.min(this.#bodyLength - this.#bodyFilled, bytes.length - offset);
      this.#body = this.#withRoom(this.#body, this.#bodyFilled + take);
      this.#body.set(bytes.subarray(offset, offset + take), this.#bodyFilled);
      this.#bodyFilled += take;
      offset += take;
      if (this.#bodyFilled === this.#bodyLength) this.#finish(this.#body);
    }
  }

  #fillHeader(bytes: Uint8Array, from: number): number {
    let offset = from;
    while (this.#headerFilled < FRAME_HEADER_BYTES && offset < bytes.length)
      this.#header[this.#headerFilled++] = bytes[offset++] ?? 0;
    return offset;
  }

  #frameLength(): number {
    const length = readUint32(this.#header, 0);
    if (length > this.#maxFrameBytes)
      throw new ProtocolError(`a frame of ${length} bytes, the limit is ${this.#maxFrameBytes}`);
    return length;
  }

  /** Doubles, so that a frame is copied once on average. The last step ends at its length exactly. */
  #withRoom(body: Uint8Array, needed: number): Uint8Array {
    if (needed <= body.length) return body;
    const grown = new Uint8Array(Math.min(this.#bodyLength, Math.max(needed, 2 * body.length)));
    grown.set(body.subarray(0, this.#bodyFilled));
    return grown;
  }

  #finish(frame: Uint8Array): void {
    this.#body = null;
    this.#headerFilled = 0;
    this.#onFrame(frame);
  }
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] ?? 0) << 24) |
      ((bytes[offset + 1] ?? 0) << 16) |
      ((bytes[offset + 2] ?? 0) << 8) |
      (bytes[offset + 3] ?? 0)) >>>
    0
  );
}
