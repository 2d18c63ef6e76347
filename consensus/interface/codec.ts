/**
 * Codecs: one description of a type gives its canonical bytes, its size limit and its schema. The schema is plain
 * data, so the RPC document, the CLI's arguments and the table of frozen formats come from the same source.
 */
import { CodecError, type Hex, Reader, Writer } from './bytes.ts';

export { CodecError, type CodecErrorCode, Reader, Writer } from './bytes.ts';

export type Schema =
  | { readonly type: 'bool' | 'u64' | 'account' }
  /** An integer from 0 to `max`, a number in memory. */
  | { readonly type: 'uint'; readonly max: number }
  /** Exactly `length` bytes, `0x` hex in memory. */
  | { readonly type: 'fixed'; readonly length: number }
  | { readonly type: 'bytes'; readonly max: number }
  | { readonly type: 'text'; readonly max: number }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'list'; readonly item: Schema; readonly max: number }
  | { readonly type: 'optional'; readonly item: Schema }
  | {
      readonly type: 'struct';
      readonly fields: readonly { readonly name: string; readonly schema: Schema }[];
    }
  | {
      readonly type: 'union';
      readonly cases: readonly { readonly tag: number; readonly kind: string; readonly schema: Schema }[];
    };

export interface Codec<T> {
  readonly schema: Schema;
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}
export type TypeOf<C> = C extends Codec<infer T> ? T : never;

/** A writer between two uses: making one costs more than most values take to write. Large ones are not kept. */
let idle: Writer | undefined;
const KEPT_CAPACITY = 64 * 1024;

/** Canonical bytes of a value. Throws {@link CodecError} for a value outside the type. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = idle ?? new Writer();
  // A codec may encode something itself, and one that throws leaves its writer half full.
  idle = undefined;
  codec.write(writer, value);
  const written = writer.finish();
  if (writer.capacity <= KEPT_CAPACITY) idle = writer;
  return written;
}

/** The value of canonical bytes. Throws {@link CodecError} for anything that `encode` would not have made. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, maxBytes = Number.MAX_SAFE_INTEGER): T {
  if (bytes.length > maxBytes)
    throw new CodecError('TOO_LARGE', `${bytes.length} bytes are over the limit of ${maxBytes}`);
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  reader.end();
  return value;
}

export const bool: Codec<boolean> = {
  schema: { type: 'bool' },
  write: (writer, value) => writer.bool(value),
  read: reader => reader.bool(),
};

/** An integer from 0 to `max`, at most 2^53 - 1. */
export const uint = (max: number): Codec<number> => ({
  schema: { type: 'uint', max },
  write(writer, value) {
    if (value > max) throw outOfRange(value, max);
    writer.uint(value);
  },
  read(reader) {
    const value = reader.uint();
    if (value > max) throw outOfRange(value, max);
    return value;
  },
});
export const u8 = uint(0xff);
export const u16 = uint(0xffff);
export const u32 = uint(0xffff_ffff);
/** Heights, times in milliseconds, counters. */
export const u53 = uint(Number.MAX_SAFE_INTEGER);
/** Basis points, 0 to 10,000. */
export const bps = uint(10_000);

/** Amounts: a bigint that fits u64. */
export const u64: Codec<bigint> = {
  schema: { type: 'u64' },
  write: (writer, value) => writer.bigUint(value),
  read: reader => reader.bigUint(),
};

export const bytes = (max: number): Codec<Uint8Array> => ({
  schema: { type: 'bytes', max },
  write(writer, value) {
    if (value?.length > max)
      throw new CodecError('TOO_LARGE', `${value.length} bytes are over the limit of ${max}`);
    writer.bytes(value);
  },
  // A copy, so that a decoded value does not keep its whole message alive or change with it. Not slice(): a Buffer's
  // slice is a view.
  read: reader => new Uint8Array(reader.bytes(max)),
});

/** UTF-8 text of at most `max` bytes. */
export const text = (max: number): Codec<string> => ({
  schema: { type: 'text', max },
  write(writer, value) {
    // A UTF-16 unit makes at most three bytes, so only long texts need a count.
    const size = value?.length * 3 > max ? new TextEncoder().encode(value).length : 0;
    if (size > max) throw new CodecError('TOO_LARGE', `${size} bytes are over the limit of ${max}`);
    writer.text(value);
  },
  read: reader => reader.text(max),
});

/** Exactly `length` bytes. */
export const fixed = (length: number): Codec<Hex> => fixedAs({ type: 'fixed', length }, length);
/** A sha256 digest. */
export const hash = fixed(32);
/** An account id; shown to people as an SS58 address. */
export const account: Codec<Hex> = fixedAs({ type: 'account' }, 32);

function fixedAs(schema: Schema, length: number): Codec<Hex> {
  return {
    schema,
    write(writer, value) {
      const raw = fromHex(value);
      if (raw.length !== length)
        throw new CodecError('WRONG_TYPE', `expected ${length} bytes, got ${raw.length}`);
      writer.bytes(raw);
    },
    read(reader) {
      const raw = reader.bytes(length);
      if (raw.length !== length)
        throw new CodecError('WRONG_TYPE', `expected ${length} bytes, got ${raw.length}`);
      return toHex(raw);
    },
  };
}

/** One of a few words, stored as its position. */
export const oneOf = <const V extends readonly string[]>(values: V): Codec<V[number]> => ({
  schema: { type: 'enum', values },
  write(writer, value) {
    const index = values.indexOf(value);
    if (index < 0) throw new CodecError('OUT_OF_RANGE', `${value} is none of ${values.join(', ')}`);
    writer.uint(index);
  },
  read(reader) {
    const value = values[reader.uint()];
    if (value === undefined) throw new CodecError('OUT_OF_RANGE', `not one of ${values.join(', ')}`);
    return value;
  },
});

export const list = <T>(item: Codec<T>, max: number): Codec<readonly T[]> => ({
  schema: { type: 'list', item: item.schema, max },
  write(writer, values) {
    if (!Array.isArray(values)) throw new CodecError('WRONG_TYPE', `expected a list, got ${typeof values}`);
    if (values.length > max)
      throw new CodecError('TOO_LARGE', `${values.length} items are over the limit of ${max}`);
    writer.array(values.length);
    let index = 0;
    try {
      for (; index < values.length; index++) item.write(writer, values[index]);
    } catch (error) {
      throw within(error, index);
    }
  },
  read(reader) {
    const length = reader.array(max);
    const values: T[] = [];
    try {
      while (values.length < length) values.push(item.read(reader));
    } catch (error) {
      throw within(error, values.length);
    }
    return values;
  },
});

/** A value or nothing: nil on the wire, `null` in memory. The item itself must not be optional. */
export const optional = <T>(item: Codec<T>): Codec<T | null> => ({
  schema: { type: 'optional', item: item.schema },
  write(writer, value) {
    if (value === null) writer.nil();
    else item.write(writer, value);
  },
  read: reader => (reader.nilNext() ? null : item.read(reader)),
});

type Fields = { readonly [name: string]: Codec<unknown> };
type StructOf<F> = { readonly [K in keyof F]: TypeOf<F[K]> };

/** Fields in the order of declaration, without their names on the wire. */
export function struct<const F extends { readonly [name: string]: Codec<never> | Codec<unknown> }>(
  fields: F,
): Codec<StructOf<F>> {
  const entries = Object.entries(fields as unknown as Fields).map(([name, codec]) => ({ name, codec }));
  return {
    schema: { type: 'struct', fields: entries.map(({ name, codec }) => ({ name, schema: codec.schema })) },
    write(writer, value) {
      assertObject(value);
      writer.array(entries.length);
      let field = '';
      try {
        for (const { name, codec } of entries) {
          field = name;
          codec.write(writer, (value as Record<string, unknown>)[name]);
        }
      } catch (error) {
        throw within(error, field);
      }
    },
    read(reader) {
      const length = reader.array(entries.length);
      if (length < entries.length)
        throw new CodecError('WRONG_TYPE', `${length} fields instead of ${entries.length}`);
      const value: Record<string, unknown> = {};
      let field = '';
      try {
        for (const { name, codec } of entries) {
          field = name;
          value[name] = codec.read(reader);
        }
      } catch (error) {
        throw within(error, field);
      }
      return value as StructOf<F>;
    },
  };
}

type Cases = { readonly [kind: string]: readonly [tag: number, codec: Codec<object>] };
type UnionOf<C> = {
  [K in keyof C]: C[K] extends readonly [number, Codec<infer T>] ? { readonly kind: K } & T : never;
}[keyof C];

/** One of several structs, told apart by `kind` in memory and by a tag on the wire. Tags are never reused. */
export function union<
  const C extends { readonly [kind: string]: readonly [number, Codec<never> | Codec<object>] },
>(cases: C): Codec<UnionOf<C>> {
  const entries = Object.entries(cases as unknown as Cases);
  const byTag = new Map(entries.map(([kind, [tag, codec]]) => [tag, { kind, codec }]));
  const byKind = new Map(entries.map(([kind, [tag, codec]]) => [kind, { tag, codec }]));
  return {
    schema: {
      type: 'union',
      cases: entries.map(([kind, [tag, codec]]) => ({ tag, kind, schema: codec.schema })),
    },
    write(writer, value) {
      assertObject(value);
      const { kind } = value as { kind: string };
      const found = byKind.get(kind);
      if (found === undefined) throw new CodecError('OUT_OF_RANGE', `unknown kind ${kind}`);
      writer.array(2);
      writer.uint(found.tag);
      try {
        found.codec.write(writer, value as object);
      } catch (error) {
        throw within(error, kind);
      }
    },
    read(reader) {
      if (reader.array(2) !== 2) throw new CodecError('WRONG_TYPE', 'expected a tag and a value');
      const tag = reader.uint();
      const found = byTag.get(tag);
      if (found === undefined) throw new CodecError('OUT_OF_RANGE', `unknown tag ${tag}`);
      try {
        return { kind: found.kind, ...found.codec.read(reader) } as UnionOf<C>;
      } catch (error) {
        throw within(error, found.kind);
      }
    },
  };
}

/** What to throw on, out of a field. */
const within = (error: unknown, field: string | number): unknown =>
  error instanceof CodecError ? error.within(field) : error;

function assertObject(value: unknown): void {
  if (typeof value !== 'object' || value === null)
    throw new CodecError('WRONG_TYPE', `expected an object, got ${value === null ? 'null' : typeof value}`);
}

const outOfRange = (value: number, max: number): CodecError =>
  new CodecError('OUT_OF_RANGE', `${value} is above ${max}`);

const HEX_DIGITS = '0123456789abcdef';
const NO_DIGIT = 255;
/** The value of a digit by its character code; -1, stored as NO_DIGIT, for what is none. */
const HEX_VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  HEX_DIGITS.indexOf(String.fromCharCode(code)),
);
const HEX_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toHex(raw: Uint8Array): Hex {
  let hex = '0x';
  for (const byte of raw) hex += HEX_PAIRS[byte];
  return hex as Hex;
}

/** Bytes of lower-case `0x` hex; anything else is a {@link CodecError}. */
export function fromHex(hex: string): Uint8Array {
  if (typeof hex !== 'string' || !hex.startsWith('0x') || hex.length % 2 !== 0)
    throw new CodecError('WRONG_TYPE', 'expected bytes as 0x hex');
  const raw = new Uint8Array(hex.length / 2 - 1);
  for (let index = 0; index < raw.length; index++) {
    const high = HEX_VALUES[hex.charCodeAt(2 + index * 2)] ?? NO_DIGIT;
    const low = HEX_VALUES[hex.charCodeAt(3 + index * 2)] ?? NO_DIGIT;
    if ((high | low) > 15) throw new CodecError('WRONG_TYPE', 'expected lower-case hex digits');
    raw[index] = (high << 4) | low;
  }
  return raw;
}
