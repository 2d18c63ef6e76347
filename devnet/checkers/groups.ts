/** From groups in JSON to groups as the chain gives them to a checker. */
import {
  type CheckedGroup,
  type CheckedInput,
  type CheckedOperation,
  withPayment,
} from '../../consensus/cells/index.ts';
import { fromHex } from '../../consensus/interface/index.ts';
import type { LuaVerdict } from '../../consensus/lua/index.ts';
import { developmentAccount, ImpossibleError, toBytes, toCell } from './cellJson.ts';
import { type CellJson, GroupFile, type OperationJson, type PaymentJson } from './groupSchema.ts';
import { badGroups, parseFile } from './jsonFile.ts';

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
  const { module, cells, groups } = parseFile(GroupFile, text, file);
  const names = new Set<string>();
  return groups.map(({ name, expect, says, line, maxFuel, group, payment }, index) => {
    try {
      if (names.has(name)) throw new ImpossibleError(`there are two groups called ${name}`);
      names.add(name);
      const operations = group.map(each => operationOf(each, module, cells));
      return { name, expect, says, line, maxFuel, group: paidGroup({ module, operations }, payment) };
    } catch (error) {
      if (!(error instanceof ImpossibleError)) throw error;
      throw badGroups(file, ['groups', index], error.message);
    }
  });
}

function paidGroup(group: CheckedGroup, payment: PaymentJson | undefined): CheckedGroup {
  if (payment === undefined) return group;
  const payer = developmentAccount(payment.from);
  const amount = BigInt(payment.amount);
  // Which module of the kernel it is for, a checker does not see.
  const about = { module: 0, receiver: payer, cellModule: group.module, amount };
  const [paid = group] = withPayment([group], about, payer, payment.height);
  return paid;
}

type NamedCells = GroupFile['cells'];

function operationOf({ input, output }: OperationJson, module: number, cells: NamedCells): CheckedOperation {
  const from = input === undefined ? null : inputOf(input, module, cells);
  const to = output === undefined ? null : cellOf(cellNamed(output.cell, cells), module);
  if (from !== null && from.cell.module !== module && from.cell.recipient?.module !== module)
    throw new ImpossibleError(`an input of module ${from.cell.module} has another recipient than ${module}`);
  if (to !== null && to.module !== module)
    throw new ImpossibleError(`an output of module ${to.module} is in a group of ${module}`);
  if (from !== null && to !== null && (from.cell.recipient ?? to.recipient) !== null)
    throw new ImpossibleError('a cell with a recipient is created and destroyed, never transformed');
  return { input: from, output: to === null ? null : { cell: to } };
}

function inputOf(
  { cell: named, unlock, height }: NonNullable<OperationJson['input']>,
  module: number,
  cells: NamedCells,
): CheckedInput {
  const json = cellNamed(named, cells);
  const cell = cellOf(json, module);
  const lock = cell.module === module ? json.lock : json.recipient?.lock;
  if (unlock !== undefined) return { cell, unlock: toBytes(unlock, developmentAccount), height };
  return { cell, unlock: lock === undefined ? null : proofOf(lock), height };
}

/** An account, a scheme byte, and a signature that nobody checks here. */
const proofOf = (lock: string): Uint8Array =>
  Buffer.concat([
    lock.startsWith('0x') ? Buffer.alloc(32) : fromHex(developmentAccount(lock)),
    Buffer.alloc(65),
  ]);

const cellOf = (json: CellJson, module: number) => toCell(json, { module, accountOf: developmentAccount });

function cellNamed(named: string | CellJson, cells: NamedCells): CellJson {
  if (typeof named !== 'string') return named;
  const cell = Object.hasOwn(cells, named) ? cells[named] : undefined;
  if (cell === undefined) throw new ImpossibleError(`there is no cell called ${named}`);
  return cell;
}
