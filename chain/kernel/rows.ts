/** Rows of the state by name, for people: which table one is of, its key in parts and its value decoded. */
import { type Codec, CodecError, decode } from '../../consensus/interface/index.ts';
import type { Table } from './table.ts';
import * as tables from './tables.ts';

export type DescribedRow =
  | {
      readonly table: string;
      /** Accounts and hashes as hex, numbers, texts. */
      readonly key: readonly unknown[];
      readonly codec: Codec<unknown>;
    }
  /** Of the storage of a consensus module: the key as the module wrote it. */
  | { readonly table: 'storage'; readonly consensus: number; readonly key: Uint8Array }
  /** Of no table that this version knows. */
  | null;

type AnyTable = Table<readonly unknown[], unknown>;

const byId: ReadonlyMap<number, readonly [name: string, table: AnyTable]> = new Map(
  Object.entries(tables).flatMap(([name, found]) =>
    typeof found === 'object' && 'codec' in found
      ? [[found.id, [name, found as unknown as AnyTable]] as const]
      : [],
  ),
);

/** Bytes of a storage key before the module's own. */
const PREFIX = tables.storageKey(0, new Uint8Array()).length;
const STORAGE = tables.storageKey(0, new Uint8Array())[0];

/** What a key of the state belongs to. */
export function describeRow(key: Uint8Array): DescribedRow {
  if (key[0] === STORAGE && key.length >= PREFIX) {
    const consensus = new DataView(key.buffer, key.byteOffset).getUint32(1);
    return { table: 'storage', consensus, key: key.slice(PREFIX) };
  }
  const found = byId.get(key[0] ?? -1);
  if (found === undefined) return null;
  const [name, { codec, parts }] = found;
  return { table: name, key: parts(key), codec };
}

/** A row's value; undefined where its codec does not know it. */
export function rowValue(codec: Codec<unknown>, value: Uint8Array): unknown {
  try {
    return decode(codec, value);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return undefined;
  }
}
