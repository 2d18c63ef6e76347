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
  type Hex,
  type Op,
  toHex,
  type View,
} from '../interface/index.ts';

type Part = { readonly width: 1 | 4 | 8; readonly value: number } | { readonly bytes: Uint8Array };

const epochPart = (value: number): Part => ({ width: 8, value });
const modulePart = (value: number): Part => ({ width: 4, value });
const accountPart = (account: Account): Part => ({ bytes: fromHex(account) });

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
export const epochOf = (rowKey: Uint8Array): number => Number(viewOf(rowKey).getBigUint64(1));
export const pairOf = (rowKey: Uint8Array): { module: number; client: Account } => ({
  module: viewOf(rowKey).getUint32(9),
  client: toHex(rowKey.subarray(13)),
});
export const inflowOf = (rowKey: Uint8Array): { terms: number; order: number; module: number } => ({
  terms: Number(viewOf(rowKey).getBigUint64(9)),
  order: viewOf(rowKey).getUint8(17),
  module: viewOf(rowKey).getUint32(18),
});
export const creditOf = (rowKey: Uint8Array): Account => toHex(rowKey.subarray(9));

function key(letter: string, ...parts: readonly Part[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes.length : part.width), 1);
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  bytes[0] = letter.charCodeAt(0);
  let at = 1;
  for (const part of parts) {
    if ('bytes' in part) bytes.set(part.bytes, at);
    else if (part.width === 8) view.setBigUint64(at, BigInt(part.value));
    else if (part.width === 4) view.setUint32(at, part.value);
    else view.setUint8(at, part.value);
    at += 'bytes' in part ? part.bytes.length : part.width;
  }
  return bytes;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

type Row<T> = readonly [key: Uint8Array, value: T];

/** Own storage with this outcome's writes on top, so that steps of one outcome see each other. */
export class Scratch {
  readonly #view: View;
  readonly #writes = new Map<Hex, Uint8Array | null>();

  constructor(view: View) {
    this.#view = view;
  }

  get<T>(codec: Codec<T>, rowKey: Uint8Array): T | undefined {
    const written = this.#writes.get(toHex(rowKey));
    const value = written === undefined ? this.#view.get(rowKey) : written;
    return value === undefined || value === null ? undefined : decode(codec, value);
  }

  put<T>(codec: Codec<T>, rowKey: Uint8Array, value: T): void {
    this.#writes.set(toHex(rowKey), encode(codec, value));
  }

  delete(rowKey: Uint8Array): void {
    this.#writes.set(toHex(rowKey), null);
  }

  /** The first `limit` rows under a prefix, ascending. */
  scan<T>(codec: Codec<T>, prefix: Uint8Array, limit: number): readonly Row<T>[] {
    const start = toHex(prefix);
    const written = [...this.#writes].filter(([hex]) => hex.startsWith(start));
    // At most as many stored rows as there are writes can be hidden, so this many always suffice.
    const rows = new Map<Hex, Uint8Array | null>();
    for (const [rowKey, value] of this.#view.scan(prefix, { limit: limit + written.length }))
      rows.set(toHex(rowKey), value);
    for (const [hex, value] of written) rows.set(hex, value);
    return [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([hex, value]) => (value === null ? [] : [[hex, value] as const]))
      .slice(0, limit)
      .map(([hex, value]) => [fromHex(hex), decode(codec, value)] as const);
  }

  /** What to write, ascending by key; rows that came and went again leave no trace. */
  ops(): Op[] {
    return [...this.#writes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([hex, value]): Op[] => {
        const rowKey = fromHex(hex);
        if (value !== null) return [{ op: 'put', key: rowKey, value }];
        return this.#view.get(rowKey) === undefined ? [] : [{ op: 'delete', key: rowKey }];
      });
  }
}
