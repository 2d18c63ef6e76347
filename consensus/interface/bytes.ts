/**
 * Reading and writing the subset of MessagePack that is canonical here (spec section 2): nil, booleans, unsigned
 * integers in their shortest form, byte strings, UTF-8 strings and arrays. No maps, floats, negative integers or
 * extension types. The reader accepts exactly what the writer produces, so decode(bytes) implies
 * encode(decode(bytes)) = bytes without encoding again.
 */

/** Bytes as lower-case hex with the prefix `0x`. Fixed-size identifiers are kept in this form in memory. */
export type Hex = `0x${string}`;

export type CodecErrorCode =
  | 'TOO_LARGE'
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'WRONG_TYPE'
  | 'NOT_CANONICAL'
  | 'OUT_OF_RANGE'
  | 'BAD_TEXT';

/** The same for each copy of this file: a packed plugin brings its own, and its errors mean what ours do. */
const CODEC_ERROR: unique symbol = Symbol.for('devnet.CodecError');

/** Bytes or a value that a codec refuses. `path` names the field, outermost first. */
export class CodecError extends Error {
  static override [Symbol.hasInstance](value: unknown): value is CodecError {
    return typeof value === 'object' && value !== null && CODEC_ERROR in value;
  }
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;
  readonly detail: string;
  readonly path: readonly (string | number)[];
  constructor(code: CodecErrorCode, detail: string, path: readonly (string | number)[] = []) {
    super(path.length > 0 ? `${path.join('.')}: ${detail}` : detail);
    this.code = code;
    this.detail = detail;
    this.path = path;
  }
  get [CODEC_ERROR](): true {
    return true;
  }
  /** The same error, seen from one field further out. */
  within(field: string | number): CodecError {
    return new CodecError(this.code, this.detail, [field, ...this.path]);
  }
}

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const utf8Encoder = new TextEncoder();
// A byte order mark is kept: dropping it would let two byte strings decode to one text.
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LONE_SURROGATE = /\p{Surrogate}/u;

export class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** A copy of what was written. The writer is empty then, and can be used again. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return written;
  }

  /** Bytes that it can take before it grows. */
  get capacity(): number {
    return this.#bytes.length;
  }

  nil(): void {
    this.#byte(0xc0);
  }

  bool(value: boolean): void {
    if (typeof value !== 'boolean')
      throw new CodecError('WRONG_TYPE', `expected a boolean, got ${typeof value}`);
    this.#byte(value ? 0xc3 : 0xc2);
  }

  /** An integer from 0 to 2^53 - 1. */
  uint(value: number): void {
    if (typeof value !== 'number')
      throw new CodecError('WRONG_TYPE', `expected a number, got ${typeof value}`);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new CodecError('OUT_OF_RANGE', `${value} is not an integer from 0 to 2^53 - 1`);
    if (value < 0x80) this.#byte(value);
    else if (value <= 0xffff_ffff) this.#sized(0xcc, value);
    else this.#u64(BigInt(value));
  }

  /** An integer from 0 to 2^64 - 1. */
  bigUint(value: bigint): void {
    if (typeof value !== 'bigint')
      throw new CodecError('WRONG_TYPE', `expected a bigint, got ${typeof value}`);
    if (value < 0n || value > MAX_U64) throw new CodecError('OUT_OF_RANGE', `${value} does not fit u64`);
    if (value <= 0xffff_ffffn) this.uint(Number(value));
    else this.#u64(value);
  }

  bytes(value: Uint8Array): void {
    if (!(value instanceof Uint8Array))
      throw new CodecError('WRONG_TYPE', `expected bytes, got ${typeof value}`);
    this.#sized(0xc4, value.length);
    this.#raw(value);
  }

  text(value: string): void {
    if (typeof value !== 'string') throw new CodecError('WRONG_TYPE', `expected a text, got ${typeof value}`);
    if (this.#shortAscii(value)) return;
    if (LONE_SURROGATE.test(value)) throw new CodecError('BAD_TEXT', 'text with a lone surrogate');
    const bytes = utf8Encoder.encode(value);
    if (bytes.length < 32) this.#byte(0xa0 | bytes.length);
    else this.#sized(0xd9, bytes.length);
    this.#raw(bytes);
  }

  /** Most texts are names of methods, events and functions, for which an encoder takes ten times as long. */
  #shortAscii(value: string): boolean {
    const { length } = value;
    if (length >= 32) return false;
    this.#reserve(1 + length);
    const start = this.#length + 1;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      this.#bytes[start + index] = code;
    }
    this.#byte(0xa0 | length);
    this.#length += length;
    return true;
  }

  array(length: number): void {
    if (length < 16) this.#byte(0x90 | length);
    else if (length <= 0xffff) {
      this.#byte(0xdc);
      this.#number(length, 2);
    } else {
      this.#byte(0xdd);
      this.#number(length, 4);
    }
  }

  /** `tag`, `tag + 1`, `tag + 2` announce a number of one, two or four bytes. */
  #sized(tag: number, value: number): void {
    const step = value <= 0xff ? 0 : value <= 0xffff ? 1 : 2;
    this.#byte(tag + step);
    this.#number(value, 1 << step);
  }

  #u64(value: bigint): void {
    this.#byte(0xcf);
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, value);
    this.#length += 8;
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #number(value: number, width: number): void {
    this.#reserve(width);
    if (width === 1) this.#view.setUint8(this.#length, value);
    else if (width === 2) this.#view.setUint16(this.#length, value);
    else this.#view.setUint32(this.#length, value);
    this.#length += width;
  }

  #raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Throws if anything is left. */
  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) throw new CodecError('TRAILING_BYTES', `${left} bytes after the value`);
  }

  /** Consumes a nil if one is next. */
  nilNext(): boolean {
    if (this.#bytes[this.#offset] !== 0xc0) return false;
    this.#offset++;
    return true;
  }

  bool(): boolean {
    const tag = this.#tag();
    if (tag === 0xc3) return true;
    if (tag === 0xc2) return false;
    throw wrongType('a boolean', tag);
  }

  uint(): number {
    const value = this.#integer();
    if (typeof value === 'number') return value;
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new CodecError('OUT_OF_RANGE', `${value} is above 2^53 - 1`);
    return Number(value);
  }

  bigUint(): bigint {
    return BigInt(this.#integer());
  }

  /** A view into the input, not a copy. */
  bytes(max: number): Uint8Array {
    return this.#raw(this.#length(0xc4, max, 'a byte string'));
  }

  text(maxBytes: number): string {
    const tag = this.#bytes[this.#offset];
    let length: number;
    if (tag !== undefined && tag >= 0xa0 && tag < 0xc0) {
      this.#offset++;
      length = tag & 0x1f;
      if (length > maxBytes) throw tooLarge(length, maxBytes);
    } else {
      length = this.#length(0xd9, maxBytes, 'a text');
      if (length < 32) throw notShortest();
    }
    try {
      return utf8Decoder.decode(this.#raw(length));
    } catch (error) {
      if (error instanceof CodecError) throw error;
      throw new CodecError('BAD_TEXT', 'not UTF-8');
    }
  }

  /** The number of items that follow. Each takes at least one byte, so a lie about it is caught here. */
  array(max: number): number {
    const tag = this.#tag();
    let length: number;
    if (tag >= 0x90 && tag < 0xa0) length = tag & 0x0f;
    else if (tag === 0xdc) {
      length = this.#number(2);
      if (length < 16) throw notShortest();
    } else if (tag === 0xdd) {
      length = this.#number(4);
      if (length <= 0xffff) throw notShortest();
    } else throw wrongType('an array', tag);
    if (length > max) throw tooLarge(length, max);
    if (length > this.#bytes.length - this.#offset) throw truncated();
    return length;
  }

  #integer(): number | bigint {
    const tag = this.#tag();
    if (tag < 0x80) return tag;
    if (tag === 0xcc) return this.#atLeast(this.#number(1), 0x80);
    if (tag === 0xcd) return this.#atLeast(this.#number(2), 0x100);
    if (tag === 0xce) return this.#atLeast(this.#number(4), 0x1_0000);
    if (tag !== 0xcf) throw wrongType('an unsigned integer', tag);
    this.#need(8);
    const value = (BigInt(this.#number(4)) << 32n) | BigInt(this.#number(4));
    if (value <= 0xffff_ffffn) throw notShortest();
    return value;
  }

  #length(tag8: number, max: number, what: string): number {
    const tag = this.#tag();
    let length: number;
    if (tag === tag8) length = this.#number(1);
    else if (tag === tag8 + 1) length = this.#atLeast(this.#number(2), 0x100);
    else if (tag === tag8 + 2) length = this.#atLeast(this.#number(4), 0x1_0000);
    else throw wrongType(what, tag);
    if (length > max) throw tooLarge(length, max);
    return length;
  }

  #atLeast(value: number, min: number): number {
    if (value < min) throw notShortest();
    return value;
  }

  #tag(): number {
    const tag = this.#bytes[this.#offset];
    if (tag === undefined) throw truncated();
    this.#offset++;
    return tag;
  }

  #number(width: 1 | 2 | 4): number {
    this.#need(width);
    // Not by a DataView: making one costs more than most values take to read.
    let value = 0;
    for (let index = 0; index < width; index++) value = value * 256 + (this.#bytes[this.#offset++] ?? 0);
    return value;
  }

  #raw(length: number): Uint8Array {
    this.#need(length);
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  #need(length: number): void {
    if (this.#bytes.length - this.#offset < length) throw truncated();
  }
}

const truncated = (): CodecError => new CodecError('TRUNCATED', 'the bytes end inside the value');
const notShortest = (): CodecError => new CodecError('NOT_CANONICAL', 'not the shortest form');
const tooLarge = (size: number, max: number): CodecError =>
  new CodecError('TOO_LARGE', `${size} is over the limit of ${max}`);
const wrongType = (expected: string, tag: number): CodecError =>
  new CodecError('WRONG_TYPE', `expected ${expected}, got the byte 0x${tag.toString(16).padStart(2, '0')}`);
