/**
 * Where consensus-0 keeps what. Keys start with one letter; integers are big-endian, so that scans go in order.
 *
 *   m epoch module client            -> highest nonce claimed
 *   p bucket module client           -> pending debts; a bucket is the epoch in which claims were accepted
 *   i closing terms order module     -> revenue that a module has yet to share
 *   c closing account                -> credit that is yet to be paid out
 *   t closing                        -> sums of the close
 */
import {
  type Account,
  type Codec,
  decode,
  encode,
  fromHex,
  type Op,
  toHex,
  type View,
} from '../interface/index.ts';

type Part = { readonly width: 1 | 4 | 8; readonly value: number } | Uint8Array;

const epochPart = (value: number): Part => ({ width: 8, value });
const modulePart = (value: number): Part => ({ width: 4, value });
const accountPart = (account: Account): Part => fromHex(account);

export const keys = {
  marks: () => key('m'),
  mark: (epoch: number, module: number, client: Account) =>
    key('m', epochPart(epoch), modulePart(module), accountPart(client)),
  buckets: () => key('p'),
  bucket: (bucket: number) => key('p', epochPart(bucket)),
  pending: (bucket: number, module: number, client: Account) =>
    key('p', epochPart(bucket), modulePart(module), accountPart(client)),
  inflows: (closing: number) => key('i', epochPart(closing)),
  inflow: (closing: number, terms: number, order: number, module: number) =>
    key('i', epochPart(closing), epochPart(terms), { width: 1, value: order }, modulePart(module)),
  credits: (closing: number) => key('c', epochPart(closing)),
  credit: (closing: number, account: Account) => key('c', epochPart(closing), accountPart(account)),
  totals: (closing: number) => key('t', epochPart(closing)),
} as const;

/** The parts of keys again, by their offsets in the table above. */
export const epochOf = (rowKey: Uint8Array): number => readInteger(rowKey, 1, 9);
export const pairOf = (rowKey: Uint8Array): { module: number; client: Account } => ({
  module: readInteger(rowKey, 9, 13),
  client: toHex(rowKey.subarray(13)),
});
export const inflowOf = (rowKey: Uint8Array): { terms: number; order: number; module: number } => ({
  terms: readInteger(rowKey, 9, 17),
  order: readInteger(rowKey, 17, 18),
  module: readInteger(rowKey, 18, 22),
});
export const creditOf = (rowKey: Uint8Array): Account => toHex(rowKey.subarray(9));

function key(letter: string, ...parts: readonly Part[]): Uint8Array {
  let length = 1;
  for (const part of parts) length += widthOf(part);
  const bytes = new Uint8Array(length);
  bytes[0] = letter.charCodeAt(0);
  let end = 1;
  for (const part of parts) {
    const start = end;
    end += widthOf(part);
    if (part instanceof Uint8Array) bytes.set(part, start);
    else writeInteger(bytes, start, end, part.value);
  }
  return bytes;
}

const widthOf = (part: Part): number => (part instanceof Uint8Array ? part.length : part.width);

/** Big-endian, into `bytes[start..end)`. Not by a DataView: making one costs more than writing the whole key. */
function writeInteger(bytes: Uint8Array, start: number, end: number, value: number): void {
  let rest = value;
  for (let at = end - 1; at >= start; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function readInteger(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

type Row<T> = readonly [key: Uint8Array, value: T];

/** Own storage with this outcome's writes on top, so that steps of one outcome see each other. */
export class Scratch {
  readonly #view: View;
  /** By name of the key; null for a row that is deleted. */
  readonly #writes = new Map<string, Row<Uint8Array | null>>();

  constructor(view: View) {
    this.#view = view;
  }

  get<T>(codec: Codec<T>, rowKey: Uint8Array): T | undefined {
    const written = this.#writes.get(nameOf(rowKey));
    const value = written === undefined ? this.#view.get(rowKey) : written[1];
    return value === undefined || value === null ? undefined : decode(codec, value);
  }

  put<T>(codec: Codec<T>, rowKey: Uint8Array, value: T): void {
    this.#writes.set(nameOf(rowKey), [rowKey, encode(codec, value)]);
  }

  delete(rowKey: Uint8Array): void {
    this.#writes.set(nameOf(rowKey), [rowKey, null]);
  }

  /** The first `limit` rows under a prefix, ascending. */
  scan<T>(codec: Codec<T>, prefix: Uint8Array, limit: number): readonly Row<T>[] {
    const start = nameOf(prefix);
    const written = [...this.#writes].filter(([name]) => name.startsWith(start));
    // At most as many stored rows as there are writes can be hidden, so this many always suffice.
    const stored = this.#view.scan(prefix, { limit: limit + written.length });
    const rows = written.length === 0 ? stored : merged(stored, written).slice(0, limit);
    return rows.map(([rowKey, value]) => [rowKey, decode(codec, value)] as const);
  }

  /** What to write, in the order in which the rows were first touched. */
  ops(): Op[] {
    const ops: Op[] = [];
    for (const [rowKey, value] of this.#writes.values()) {
      if (value !== null) ops.push({ op: 'put', key: rowKey, value });
      // A row that came and went again leaves no trace.
      else if (this.#view.get(rowKey) !== undefined) ops.push({ op: 'delete', key: rowKey });
    }
    return ops;
  }
}

function merged(
  stored: readonly Row<Uint8Array>[],
  written: readonly (readonly [name: string, row: Row<Uint8Array | null>])[],
): readonly Row<Uint8Array>[] {
  const rows = new Map<string, Row<Uint8Array | null>>(stored.map(row => [nameOf(row[0]), row]));
  for (const [name, row] of written) rows.set(name, row);
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [rowKey, value]]) => (value === null ? [] : [[rowKey, value] as const]));
}

// Keys are copied through here: a small array has no buffer of its own until somebody asks for it, which is slow.
const passage = Buffer.alloc(64);

/** One character per byte, so that names sort as their bytes do. */
function nameOf(rowKey: Uint8Array): string {
  passage.set(rowKey);
  return passage.toString('latin1', 0, rowKey.length);
}
