/**
 * Tables over the flat state: one byte for the table, then the parts of the key, each of fixed width and big-endian
 * (only the last may vary), so that ascending bytes are ascending values and every prefix of parts can be scanned.
 */
import {
  type Codec,
  decode,
  encode,
  fromHex,
  type Hex,
  type ScanOptions,
  toHex,
} from '../../consensus/interface/index.ts';
import type { Draft, StateReader } from '../state/index.ts';

/** One part of a key. `read` gets the bytes from this part on and takes the first `width` of them. */
interface Part<Value> {
  readonly width: number;
  write(value: Value): Uint8Array;
  read(bytes: Uint8Array): Value;
}

export const u32Part: Part<number> = {
  width: 4,
  // Not by a DataView: in most keys stands one of these, and making the view costs more than the rest of the key.
  write: value => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value),
  read: bytes => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0),
};

/** An amount. */
export const u64Part: Part<bigint> = {
  width: 8,
  write(value) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value);
    return bytes;
  },
  read: bytes => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0),
};

/** An epoch or a height. */
export const u53Part: Part<number> = {
  width: 8,
  write: value => u64Part.write(BigInt(value)),
  read: bytes => Number(u64Part.read(bytes)),
};

/** An account or a hash. */
export const hexPart: Part<Hex> = { width: 32, write: fromHex, read: bytes => toHex(bytes.subarray(0, 32)) };

/** A key of the state; only as the last part. */
export const bytesPart: Part<Uint8Array> = {
  width: 0,
  write: value => value,
  read: bytes => new Uint8Array(bytes),
};

/** A text; only as the last part. */
export const textPart: Part<string> = {
  width: 0,
  write: value => new TextEncoder().encode(value),
  read: bytes => new TextDecoder().decode(bytes),
};

type ValuesOf<Parts> = {
  readonly [Index in keyof Parts]: Parts[Index] extends Part<infer Value> ? Value : never;
};
/** The first parts of a key, as many as one likes. */
type Leading<Values extends readonly unknown[]> = Values extends readonly [infer First, ...infer Rest]
  ? [] | [First, ...Leading<Rest>]
  : [];

export interface Table<Key extends readonly unknown[], Row> {
  /** The first byte of its keys. */
  readonly id: number;
  /** Bytes of a key; of one whose last part varies, the least. */
  readonly keyBytes: number;
  readonly codec: Codec<Row>;
  /** The parts of a key of this table. */
  parts(key: Uint8Array): Key;
  /** The state's key of a row, for proofs. */
  key(...key: Key): Uint8Array;
  get(state: StateReader, ...key: Key): Row | undefined;
  has(state: StateReader, ...key: Key): boolean;
  put(draft: Draft, row: Row, ...key: Key): void;
  delete(draft: Draft, ...key: Key): void;
  /** Rows whose key starts with these parts, ascending. `after` is a whole key as {@link Table.key} makes it. */
  scan(state: StateReader, leading: Leading<Key>, options?: ScanOptions): Generator<readonly [Key, Row]>;
}

/** Declares a table. `id` is its byte and is never reused. */
export function table<const Parts extends readonly Part<unknown>[], Row>(
  id: number,
  parts: Parts,
  codec: Codec<Row>,
): Table<ValuesOf<Parts>, Row> {
  type Key = ValuesOf<Parts>;
  const keyOf = (values: readonly unknown[]): Uint8Array =>
    joinKey(
      id,
      parts.slice(0, values.length).map((part, index) => part.write(values[index])),
    );
  return {
    id,
    keyBytes: parts.reduce((sum, { width }) => sum + width, 1),
    codec,
    parts: key => splitKey(parts, key) as unknown as Key,
    key: (...key) => keyOf(key),
    get(state, ...key) {
      const bytes = state.get(keyOf(key));
      return bytes === undefined ? undefined : decode(codec, bytes);
    },
    has: (state, ...key) => state.get(keyOf(key)) !== undefined,
    put: (draft, row, ...key) => draft.put(keyOf(key), encode(codec, row)),
    delete: (draft, ...key) => draft.delete(keyOf(key)),
    *scan(state, leading, options) {
      for (const [key, value] of state.scan(keyOf(leading), options))
        yield [splitKey(parts, key) as unknown as Key, decode(codec, value)];
    },
  };
}

/** A row of an index that says all in its key. */
export const nothing: Codec<true> = {
  schema: { type: 'struct', fields: [] },
  write: writer => writer.array(0),
  read(reader) {
    reader.array(0);
    return true;
  },
};

/** The byte of a table and the parts after it. */
export function joinKey(id: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = 1;
  for (const part of parts) length += part.length;
  const key = new Uint8Array(length);
  key[0] = id;
  let offset = 1;
  for (const part of parts) {
    key.set(part, offset);
    offset += part.length;
  }
  return key;
}

function splitKey(parts: readonly Part<unknown>[], key: Uint8Array): unknown[] {
  let offset = 1;
  return parts.map(part => {
    const value: unknown = part.read(key.subarray(offset));
    offset += part.width;
    return value;
  });
}
