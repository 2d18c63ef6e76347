/** From groups in JSON to groups as the chain gives them to a checker. */
import {
  type Cell,
  type CheckedGroup,
  type CheckedInput,
  type CheckedOperation,
  type Lock,
  lockOf,
  MAX_DATA,
  occupied,
} from '../../consensus/cells/index.ts';
import { fromHex } from '../../consensus/interface/index.ts';
import type { LuaVerdict } from '../../consensus/lua/index.ts';
import { CliError } from '../errors.ts';
import { devKey, personNamed } from '../people.ts';
import { type Bytes, type CellJson, GroupFile, type OperationJson } from './groupSchema.ts';

/** What the checker should say to one group. */
export interface GroupCase {
  readonly name: string;
  readonly expect: LuaVerdict;
  readonly says: string | undefined;
  readonly line: number | undefined;
  readonly maxFuel: number | undefined;
  readonly group: CheckedGroup;
}

/** Throws {@link CliError} BAD_GROUPS, which names the place in the file. */
export function parseGroups(text: string, file: string): readonly GroupCase[] {
  const parsed = GroupFile.safeParse(jsonOf(text, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badGroups(file, placeOf(issue?.path ?? []), issue?.message ?? 'not what it should be');
  }
  const { module, cells, groups } = parsed.data;
  const names = new Set<string>();
  return groups.map(({ name, expect, says, line, maxFuel, group }, index) => {
    try {
      if (names.has(name)) throw new ImpossibleError(`there are two groups called ${name}`);
      names.add(name);
      const operations = group.map(each => operationOf(each, module, cells));
      return { name, expect, says, line, maxFuel, group: { module, operations } };
    } catch (error) {
      if (!(error instanceof ImpossibleError)) throw error;
      throw badGroups(file, placeOf(['groups', index]), error.message);
    }
  });
}

/** A group that no transaction can bring to a checker. */
class ImpossibleError extends Error {
  override readonly name = 'ImpossibleError';
}

type NamedCells = GroupFile['cells'];

function operationOf({ input, output }: OperationJson, module: number, cells: NamedCells): CheckedOperation {
  const from = input === undefined ? null : inputOf(input, module, cells);
  const to = output === undefined ? null : cellOf(output.cell, module, cells);
  const isStable = from === null || from.cell.recipient === null;
  if (from !== null && from.cell.module !== module && from.cell.recipient?.module !== module)
    throw new ImpossibleError(`an input of module ${from.cell.module} has another recipient than ${module}`);
  if (to !== null && to.module !== module)
    throw new ImpossibleError(`an output of module ${to.module} is in a group of ${module}`);
  if (to !== null && !isStable)
    throw new ImpossibleError('a cell with a recipient is destroyed, and becomes no other');
  return { input: from, output: to === null ? null : { cell: to } };
}

function inputOf(
  { cell: named, unlock, height }: NonNullable<OperationJson['input']>,
  module: number,
  cells: NamedCells,
): CheckedInput {
  const json = jsonOfCell(named, cells);
  const cell = cellOf(json, module, cells);
  const opened = cell.module === module ? json.lock : json.recipient?.lock;
  if (unlock !== undefined) return { cell, unlock: bytesOf(unlock), height };
  return { cell, unlock: opened === undefined ? null : proofOf(opened), height };
}

/** An account, a scheme byte, and a signature that nobody checks here. */
const proofOf = (lock: string): Uint8Array =>
  Buffer.concat([lock.startsWith('0x') ? Buffer.alloc(32) : fromHex(accountOf(lock)), Buffer.alloc(65)]);

function jsonOfCell(named: string | CellJson, cells: NamedCells): CellJson {
  if (typeof named !== 'string') return named;
  const cell = Object.hasOwn(cells, named) ? cells[named] : undefined;
  if (cell === undefined) throw new ImpossibleError(`there is no cell called ${named}`);
  return cell;
}

function cellOf(named: string | CellJson, module: number, cells: NamedCells): Cell {
  const { module_id, capacity, data, lock, recipient } = jsonOfCell(named, cells);
  const cell = {
    module: module_id ?? module,
    data: bytesOf(data),
    lock: lock === undefined ? null : lockBytes(lock),
    recipient: recipient === undefined ? null : recipientOf(recipient),
  };
  const least = occupied(cell);
  if (cell.data.length > MAX_DATA) throw new ImpossibleError(`more than ${MAX_DATA} bytes of data`);
  if (capacity !== undefined && capacity < least)
    throw new ImpossibleError(`a capacity of ${capacity}, and the cell takes ${least}`);
  return { ...cell, capacity: capacity ?? least };
}

const recipientOf = ({
  module_id,
  lock,
}: NonNullable<CellJson['recipient']>): NonNullable<Cell['recipient']> => ({
  module: module_id,
  lock: lock === undefined ? null : lockBytes(lock),
});

const lockBytes = (lock: string): Lock =>
  lock.startsWith('0x') ? (lock.toLowerCase() as Lock) : lockOf(accountOf(lock));

function accountOf(name: string) {
  const person = personNamed(name);
  if (person === undefined) throw new ImpossibleError(`${name} is no development account`);
  return devKey('', person.path).account;
}

function bytesOf(bytes: Bytes): Uint8Array {
  return Buffer.concat((Array.isArray(bytes) ? bytes : [bytes]).map(pieceOf));
}

function pieceOf(piece: Exclude<Bytes, readonly unknown[]>): Buffer {
  if (typeof piece === 'string')
    return piece.startsWith('0x') ? Buffer.from(piece.slice(2), 'hex') : Buffer.from(piece);
  if ('text' in piece) return Buffer.from(piece.text);
  if ('lock' in piece) return Buffer.from(fromHex(lockBytes(piece.lock)));
  if ('u8' in piece) return bigEndian(piece.u8, 1);
  if ('u16' in piece) return bigEndian(piece.u16, 2);
  if ('u32' in piece) return bigEndian(piece.u32, 4);
  return bigEndian(piece.u64, 8);
}

const bigEndian = (value: number | string, bytes: number): Buffer =>
  Buffer.from(
    BigInt(value)
      .toString(16)
      .padStart(2 * bytes, '0'),
    'hex',
  );

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badGroups(file, '', error.message);
  }
}

/** `groups[2].group[0].input`. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');

const badGroups = (file: string, place: string, reason: string): CliError =>
  new CliError(
    'BAD_GROUPS',
    `${file}${place === '' ? '' : `, ${place}`}: ${reason}`,
    'docs/reference/checkers.md describes groups in JSON',
  );
