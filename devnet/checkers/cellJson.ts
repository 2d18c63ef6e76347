/** Cells and bytes out of JSON. */
import { type Cell, type Lock, lockOf, MAX_DATA, occupied } from '../../consensus/cells/index.ts';
import { type Account, fromHex } from '../../consensus/interface/index.ts';
import { devAccount, personNamed } from '../people.ts';
import type { Bytes, CellJson } from './groupSchema.ts';

/** JSON that stands for nothing that can be on a chain. */
export class ImpossibleError extends Error {
  override readonly name = 'ImpossibleError';
}

/** The account behind a name in JSON. Throws {@link ImpossibleError}. */
export type AccountOf = (name: string) => Account;

/** Of development accounts, under the well-known phrase. */
export const developmentAccount: AccountOf = name => {
  const person = personNamed(name);
  if (person === undefined) throw new ImpossibleError(`${name} is no development account`);
  return devAccount('', person.path);
};

export interface CellContext {
  /** Of cells that name none. */
  readonly module: number;
  readonly accountOf: AccountOf;
  /** Capacity of a cell that names none and takes less. */
  readonly capacity?: number | undefined;
}

/** Throws {@link ImpossibleError}. */
export function toCell(json: CellJson, { module, accountOf, capacity: least = 0 }: CellContext): Cell {
  const { module_id, capacity, data, lock, recipient } = json;
  const cell = {
    module: module_id ?? module,
    data: toBytes(data, accountOf),
    lock: lock === undefined ? null : toLock(lock, accountOf),
    recipient: recipient === undefined ? null : toRecipient(recipient, accountOf),
  };
  const takes = occupied(cell);
  if (cell.data.length > MAX_DATA) throw new ImpossibleError(`more than ${MAX_DATA} bytes of data`);
  if (capacity !== undefined && capacity < takes)
    throw new ImpossibleError(`a capacity of ${capacity}, and the cell takes ${takes}`);
  return { ...cell, capacity: capacity ?? Math.max(takes, least) };
}

const toRecipient = (
  { module_id, lock }: NonNullable<CellJson['recipient']>,
  accountOf: AccountOf,
): NonNullable<Cell['recipient']> => ({
  module: module_id,
  lock: lock === undefined ? null : toLock(lock, accountOf),
});

export const toLock = (lock: string, accountOf: AccountOf): Lock =>
  lock.startsWith('0x') ? (lock.toLowerCase() as Lock) : lockOf(accountOf(lock));

export function toBytes(bytes: Bytes, accountOf: AccountOf): Uint8Array {
  return Buffer.concat((Array.isArray(bytes) ? bytes : [bytes]).map(piece => pieceOf(piece, accountOf)));
}

function pieceOf(piece: Exclude<Bytes, readonly unknown[]>, accountOf: AccountOf): Uint8Array {
  if (typeof piece === 'string')
    return piece.startsWith('0x') ? Buffer.from(piece.slice(2), 'hex') : Buffer.from(piece);
  if ('text' in piece) return Buffer.from(piece.text);
  if ('lock' in piece) return fromHex(toLock(piece.lock, accountOf));
  if ('u8' in piece) return bigEndian(piece.u8, 1);
  if ('u16' in piece) return bigEndian(piece.u16, 2);
  if ('u32' in piece) return bigEndian(piece.u32, 4);
  return bigEndian(piece.u64, 8);
}

const bigEndian = (value: number | string, bytes: number): Uint8Array =>
  Buffer.from(
    BigInt(value)
      .toString(16)
      .padStart(2 * bytes, '0'),
    'hex',
  );
