/**
 * Where cells are kept. Keys start with one letter; integers are big-endian, so that scans go in order.
 *
 *   c outpoint                     -> the cell
 *   o lock outpoint                -> nothing: the cell has this lock, or its recipient has
 *   m module outpoint              -> nothing: the cell is of this module
 *   v module outpoint              -> nothing: the volatile cell waits for a group of this module
 *   k module                       -> where its Module cell and its Checker cell are
 *   r, a                           -> where Root and Allocator are
 *   b module of the kernel         -> the cell module that it is bound to
 *   s                              -> how many transactions without inputs there were
 *   p                              -> the parameters
 */
import { type Codec, decode, encode, fromHex, type Op, toHex, type View } from '../interface/index.ts';
import { type Cell, LOCK_BYTES, type Lock, MODULE, type OutPoint, StoredCell } from './format.ts';

const OUTPOINT_BYTES = 34;
const NOTHING = new Uint8Array();

export const keys = {
  cell: (at: OutPoint) => key('c', outPointBytes(at)),
  ofLock: (lock: Lock) => key('o', fromHex(lock)),
  ofModule: (module: number) => key('m', u32Bytes(module)),
  forModule: (module: number) => key('v', u32Bytes(module)),
  modules: () => key('k'),
  module: (module: number) => key('k', u32Bytes(module)),
  root: () => key('r'),
  allocator: () => key('a'),
  binding: (module: number) => key('b', u32Bytes(module)),
  sequence: () => key('s'),
  params: () => key('p'),
} as const;

/** The key of a cell's row in an index. */
export const indexed = (prefix: Uint8Array, at: OutPoint): Uint8Array => joined(prefix, outPointBytes(at));

/** The outpoint at the end of a key. */
export function outPointOf(rowKey: Uint8Array): OutPoint {
  const bytes = rowKey.subarray(rowKey.length - OUTPOINT_BYTES);
  return {
    transaction: toHex(bytes.subarray(0, 32)),
    index: new DataView(bytes.buffer, bytes.byteOffset).getUint16(32),
  };
}

/** The module at the end of a key under `k`. */
export const moduleOf = (rowKey: Uint8Array): number =>
  new DataView(rowKey.buffer, rowKey.byteOffset).getUint32(1);

/** An outpoint as one text, for sets and maps. */
export const nameOf = ({ transaction, index }: OutPoint): string => `${transaction}:${index}`;

const CELL_KEY = 1 + OUTPOINT_BYTES;
/** The row without its data and the two optional fields, with every number at its longest. */
const CELL_ROW = 1 + 5 + 5 + 9 + 3 + 1 + 1;
const MODULE_INDEX = 5 + OUTPOINT_BYTES;
/** A field that is there takes the place of one byte that says that it is not. */
const LOCK_FIELD = 2 + LOCK_BYTES - 1;
const LOCK_INDEX = 1 + LOCK_BYTES + OUTPOINT_BYTES;
/** With the index by which the recipient finds it. */
const RECIPIENT = 1 + 5 + 1 - 1 + MODULE_INDEX;
/** What points at a Root, Allocator, Module or Checker cell. */
const POINTER = 45;

/** Bytes of state that a cell takes: keys and rows, with every number at its longest. Its capacity is no less. */
export function occupied({ module, data, lock, recipient }: Omit<Cell, 'capacity'>): number {
  const locks = [lock, recipient?.lock ?? null].filter(one => one !== null).length;
  return (
    CELL_KEY +
    CELL_ROW +
    data.length +
    MODULE_INDEX +
    locks * (LOCK_FIELD + LOCK_INDEX) +
    (recipient === null ? 0 : RECIPIENT) +
    (module === MODULE && recipient === null ? POINTER : 0)
  );
}

export function putCell(at: OutPoint, cell: StoredCell): Op[] {
  const index = indexKeys(at, cell).map((rowKey): Op => ({ op: 'put', key: rowKey, value: NOTHING }));
  return [put(StoredCell, keys.cell(at), cell), ...index];
}

export const deleteCell = (at: OutPoint, cell: StoredCell): Op[] =>
  [keys.cell(at), ...indexKeys(at, cell)].map((rowKey): Op => ({ op: 'delete', key: rowKey }));

function indexKeys(at: OutPoint, { module, lock, recipient }: StoredCell): Uint8Array[] {
  const locks = new Set([lock, recipient?.lock ?? null].filter(one => one !== null));
  return [
    indexed(keys.ofModule(module), at),
    ...[...locks].map(one => indexed(keys.ofLock(one), at)),
    ...(recipient === null ? [] : [indexed(keys.forModule(recipient.module), at)]),
  ];
}

export const put = <T>(codec: Codec<T>, rowKey: Uint8Array, value: T): Op => ({
  op: 'put',
  key: rowKey,
  value: encode(codec, value),
});

export function get<T>(view: Pick<View, 'get'>, codec: Codec<T>, rowKey: Uint8Array): T | undefined {
  const row = view.get(rowKey);
  return row === undefined ? undefined : decode(codec, row);
}

/** A row that the genesis wrote. */
export function required<T>(view: Pick<View, 'get'>, codec: Codec<T>, rowKey: Uint8Array): T {
  const row = get(view, codec, rowKey);
  if (row === undefined) throw new TypeError('genesis has not run');
  return row;
}

function key(letter: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return joined(Uint8Array.of(letter.charCodeAt(0)), ...parts);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function u32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function outPointBytes({ transaction, index }: OutPoint): Uint8Array {
  const bytes = new Uint8Array(OUTPOINT_BYTES);
  bytes.set(fromHex(transaction));
  new DataView(bytes.buffer).setUint16(32, index);
  return bytes;
}
