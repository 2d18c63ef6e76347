/** Groups for the chain out of a file: cells are found by what they say. */
import type {
  CellInfo,
  Group,
  Operation,
  OutPoint,
  Output,
  Transaction,
} from '../../consensus/cells/index.ts';
import type { Account } from '../../consensus/interface/index.ts';
import { CliError } from '../errors.ts';
import { type AccountOf, ImpossibleError, toBytes, toCell, toLock } from './cellJson.ts';
import { type SelectorJson, TransactionFile, type WantedJson } from './groupSchema.ts';
import { badGroups, parseFile } from './jsonFile.ts';
import { type CellsChain, cellAt, outPointText, usableCells } from './onChain.ts';

/** Throws {@link CliError} BAD_GROUPS, NO_SUCH_CELL or SEVERAL_CELLS. */
export async function transactionOf(
  chain: CellsChain,
  text: string,
  file: string,
  account: (name: string) => Promise<Account>,
): Promise<{ readonly groups: readonly Group[]; readonly payment: Transaction['payment'] }> {
  const json = parseFile(TransactionFile, text, file);
  const accounts = new Map<string, Account>();
  for (const name of lockNames(json)) accounts.set(name, await account(name));
  const accountOf: AccountOf = name => {
    const found = accounts.get(name);
    if (found === undefined) throw new TypeError(`nobody looked for ${name}`);
    return found;
  };
  const taken = new Set<string>();
  const groups: Group[] = [];
  for (const [index, { module, operations }] of json.groups.entries()) {
    const made: Operation[] = [];
    for (const [place, wanted] of operations.entries()) {
      try {
        made.push(await operationOf(chain, wanted, { module, accountOf, taken }));
      } catch (error) {
        if (!(error instanceof ImpossibleError)) throw error;
        throw badGroups(file, ['groups', index, 'operations', place], error.message);
      }
    }
    groups.push({ module, operations: made });
  }
  const payment = json.payment && { ...json.payment, amount: BigInt(json.payment.amount) };
  return { groups, payment: payment ?? null };
}

interface Place {
  readonly module: number;
  readonly accountOf: AccountOf;
  /** Inputs of the operations before. */
  readonly taken: Set<string>;
}

async function operationOf(
  chain: CellsChain,
  { input, output }: WantedJson,
  place: Place,
): Promise<Operation> {
  const { module, accountOf } = place;
  const found = input === undefined ? null : await find(chain, input, place);
  const cell = output === undefined ? null : toCell(output, { module, accountOf, capacity: found?.capacity });
  if (cell !== null && cell.module !== module)
    throw new ImpossibleError(`an output of module ${cell.module} is in a group of ${module}`);
  if (found !== null) place.taken.add(outPointText(found.at));
  return kindOf(module, found, cell === null ? null : outputOf(cell));
}

function kindOf(module: number, found: CellInfo | null, output: Output | null): Operation {
  if (found === null) {
    if (output === null) throw new TypeError('neither input nor output');
    return { kind: 'create', output };
  }
  if (output !== null) return { kind: 'transform', input: found.at, output };
  return { kind: found.module === module ? 'destroy' : 'consume', input: found.at };
}

const outputOf = ({ capacity, data, lock, recipient }: Output): Output => ({
  capacity,
  data,
  lock,
  recipient,
});

async function find(chain: CellsChain, selector: SelectorJson, place: Place): Promise<CellInfo> {
  if (typeof selector === 'string') return exactly(await cellAt(chain, outPointOf(selector)), selector);
  const { module, accountOf, taken } = place;
  const data = selector.data === undefined ? null : toBytes(selector.data, accountOf);
  const begins = selector.begins === undefined ? null : toBytes(selector.begins, accountOf);
  const lock = selector.lock === undefined ? null : toLock(selector.lock, accountOf);
  const matching = (await usableCells(chain, module)).filter(
    cell =>
      !taken.has(outPointText(cell.at)) &&
      cell.module === (selector.module_id ?? module) &&
      (cell.module === module || cell.recipient?.module === module) &&
      (data === null || Buffer.compare(cell.data, data) === 0) &&
      (begins === null || Buffer.compare(cell.data.subarray(0, begins.length), begins) === 0) &&
      (lock === null || cell.lock === lock || cell.recipient?.lock === lock),
  );
  const [one = null, ...others] = matching;
  if (others.length === 0) return exactly(one, JSON.stringify(selector));
  throw new CliError(
    'SEVERAL_CELLS',
    `${matching.length} cells are ${JSON.stringify(selector)}`,
    `name one: ${matching
      .slice(0, 5)
      .map(({ at }) => outPointText(at))
      .join(', ')}`,
  );
}

function exactly(cell: CellInfo | null, wanted: string): CellInfo {
  if (cell !== null) return cell;
  throw new CliError(
    'NO_SUCH_CELL',
    `there is no cell ${wanted}`,
    'devnet consensus query cells cellsByModule module=<id> shows what there is',
  );
}

function outPointOf(text: string): OutPoint {
  const [transaction = '', index = ''] = text.split(':');
  return { transaction: transaction as OutPoint['transaction'], index: Number(index) };
}

/** Names of accounts whose locks stand anywhere in a value. */
function lockNames(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    name === 'lock' && typeof item === 'string' ? (item.startsWith('0x') ? [] : [item]) : lockNames(item),
  );
}
