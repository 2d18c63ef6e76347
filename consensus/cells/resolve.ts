/** A transaction with its cells: what holds for every group, whatever its checker says. */
import type { CheckedGroup, CheckedInput, CheckedOperation } from './checker.ts';
import {
  type Cell,
  type Group,
  type Lock,
  MAX_GROUP_DATA,
  MAX_OPERATIONS,
  MODULE,
  type Operation,
  type OutPoint,
  type Output,
  SPACE,
  type StoredCell,
  type Transaction,
} from './format.ts';
import { Refusal } from './refusal.ts';
import { nameOf, occupied } from './storage.ts';

export interface Spent {
  readonly at: OutPoint;
  readonly cell: StoredCell;
}

export interface Resolved {
  /** In the order of the transaction. */
  readonly groups: readonly CheckedGroup[];
  readonly spent: readonly Spent[];
  /** Their index is that of their outpoints. */
  readonly outputs: readonly Cell[];
  /** Bytes of capacity. */
  readonly enlarged: number;
  readonly freed: number;
}

/** Finds cells that are not spent. */
export type FindCell = (at: OutPoint) => StoredCell | undefined;

/**
 * Throws {@link Refusal}. `proofs` are what opens locks, already verified; each has to be needed.
 *
 * Who wants to see what a checker would say of a transaction can call it with cells from anywhere.
 */
export function resolve(
  transaction: Transaction,
  proofs: ReadonlyMap<Lock, Uint8Array>,
  find: FindCell,
): Resolved {
  requireShape(transaction);
  const inputs = new Inputs(proofs, find);
  const outputs: Cell[] = [];
  const create = (module: number, output: Output): Cell => {
    const cell = { module, ...output };
    const needed = occupied(cell);
    if (cell.capacity < needed)
      throw new Refusal(
        'CAPACITY_TOO_SMALL',
        `output ${outputs.length} takes ${needed} bytes and has a capacity of ${cell.capacity}`,
      );
    outputs.push(cell);
    return cell;
  };
  const groups = transaction.groups.map(group => checked(group, inputs, create));
  inputs.requireNoneLeft();
  return { groups, spent: inputs.spent, outputs, ...capacityOf(transaction, inputs.spent, outputs) };
}

function requireShape({ groups }: Transaction): void {
  if (groups.length === 0) throw new Refusal('NO_GROUPS', 'the transaction has no groups');
  const operations = groups.reduce((sum, group) => sum + group.operations.length, 0);
  if (operations > MAX_OPERATIONS)
    throw new Refusal('TOO_MANY_OPERATIONS', `${operations} operations, at most ${MAX_OPERATIONS}`);
  // An empty group says that a transaction enlarges, and nothing else.
  const empty = groups.findIndex(({ module, operations: own }) => own.length === 0 && module !== SPACE);
  if (empty >= 0) throw new Refusal('EMPTY_GROUP', `group ${empty} has no operations`);
}

type Create = (module: number, output: Output) => Cell;

function checked({ module, operations }: Group, inputs: Inputs, create: Create): CheckedGroup {
  const group = { module, operations: operations.map(operation => one(module, operation, inputs, create)) };
  const data = group.operations.reduce((sum, operation) => sum + dataIn(operation), 0);
  if (data > MAX_GROUP_DATA)
    throw new Refusal('GROUP_TOO_LARGE', `${data} bytes of data in a group, at most ${MAX_GROUP_DATA}`);
  return group;
}

function one(module: number, operation: Operation, inputs: Inputs, create: Create): CheckedOperation {
  switch (operation.kind) {
    case 'create':
      return { input: null, output: { cell: create(module, operation.output) } };
    case 'destroy':
      return { input: inputs.own(operation.input, module), output: null };
    case 'transform': {
      const input = inputs.own(operation.input, module);
      if (input.cell.recipient !== null || operation.output.recipient !== null)
        throw new Refusal(
          'VOLATILE',
          'a volatile cell is created and consumed or destroyed, never transformed',
        );
      return { input, output: { cell: create(module, operation.output) } };
    }
    case 'consume':
      return { input: inputs.received(operation.input, module), output: null };
  }
}

const dataIn = ({ input, output }: CheckedOperation): number =>
  (input?.cell.data.length ?? 0) + (output?.cell.data.length ?? 0);

/** Takes each cell once, and asks for the proof of its lock. */
class Inputs {
  readonly spent: Spent[] = [];
  readonly #proofs: ReadonlyMap<Lock, Uint8Array>;
  readonly #find: FindCell;
  readonly #taken = new Set<string>();
  readonly #used = new Set<Lock>();

  constructor(proofs: ReadonlyMap<Lock, Uint8Array>, find: FindCell) {
    this.#proofs = proofs;
    this.#find = find;
  }

  /** A cell of the group's module. */
  own(at: OutPoint, module: number): CheckedInput {
    const cell = this.#take(at);
    if (cell.module !== module)
      throw new Refusal('WRONG_GROUP', `${nameOf(at)} is a cell of module ${cell.module}, not ${module}`);
    return this.#input(at, cell, cell.lock);
  }

  /** A cell that waits for a group of this module. */
  received(at: OutPoint, module: number): CheckedInput {
    if (module === MODULE) throw new Refusal('GROUP_REFUSED', 'module 0: it consumes nothing');
    const cell = this.#take(at);
    if (cell.recipient === null)
      throw new Refusal('NOT_VOLATILE', `${nameOf(at)} has no recipient, so nobody consumes it`);
    if (cell.recipient.module !== module)
      throw new Refusal(
        'NOT_RECIPIENT',
        `${nameOf(at)} is for module ${cell.recipient.module}, not ${module}`,
      );
    return this.#input(at, cell, cell.recipient.lock);
  }

  requireNoneLeft(): void {
    const idle = [...this.#proofs.keys()].filter(lock => !this.#used.has(lock));
    if (idle.length > 0) throw new Refusal('UNUSED_UNLOCK', `no input has the lock ${idle[0]}`);
  }

  #take(at: OutPoint): StoredCell {
    const name = nameOf(at);
    if (this.#taken.has(name)) throw new Refusal('DOUBLE_INPUT', `${name} is an input twice`);
    const cell = this.#find(at);
    if (cell === undefined) throw new Refusal('NO_SUCH_CELL', `${name} was spent or never created`);
    this.#taken.add(name);
    this.spent.push({ at, cell });
    return cell;
  }

  #input(at: OutPoint, { height, ...cell }: StoredCell, lock: Lock | null): CheckedInput {
    if (lock === null) return { cell, unlock: null, height };
    const unlock = this.#proofs.get(lock);
    if (unlock === undefined) throw new Refusal('LOCKED', `${nameOf(at)} has the lock ${lock}`);
    this.#used.add(lock);
    return { cell, unlock, height };
  }
}

/** Below 2^40: at most {@link MAX_OPERATIONS} numbers of 32 bits. */
function capacityOf(
  { groups }: Transaction,
  spent: readonly Spent[],
  outputs: readonly Cell[],
): Pick<Resolved, 'enlarged' | 'freed'> {
  const before = spent.reduce((sum, { cell }) => sum + cell.capacity, 0);
  const after = outputs.reduce((sum, { capacity }) => sum + capacity, 0);
  if (after > before && !groups.some(({ module }) => module === SPACE))
    throw new Refusal(
      'CAPACITY_EXCEEDED',
      `outputs have ${after} bytes of capacity and inputs ${before}: only an enlarge transaction, one with a group of module 1, adds some`,
    );
  return { enlarged: Math.max(0, after - before), freed: Math.max(0, before - after) };
}
