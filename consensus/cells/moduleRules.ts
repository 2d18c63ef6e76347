/**
 * The rules of module 0: five groups are allowed and no others (seed 2). They are code and not a checker, because the
 * rows that say where each checker is rest on them.
 */
import type { CheckedGroup, CheckedInput, CheckedOperation } from './checker.ts';
import { DataError, decodeData, type SystemData } from './data.ts';
import { type Cell, MAX_MODULE, SYSTEM_MODULES } from './format.ts';
import { Refusal } from './refusal.ts';

/** What an allowed group does; `module` is the one that it is about, null for the end of a token. */
export type SystemGroup =
  | { readonly kind: 'registration' | 'update' | 'emission'; readonly module: number }
  | { readonly kind: 'destruction'; readonly module: null };

/** Throws {@link Refusal} GROUP_REFUSED. The order of operations is the seed's. */
export function systemGroup({ operations }: CheckedGroup): SystemGroup {
  const [first, second, third] = operations;
  if (first === undefined || operations.length > 3) throw refused('it has none of the five forms');
  if (third !== undefined) return registration(transformOf(first), createOf(second), createOf(third));
  if (second !== undefined) return emission(transformOf(first), createOf(second));
  if (first.input === null) throw refused('a cell of module 0 is created by a registration or a Module cell');
  return first.output === null ? destruction(first.input) : update(transformOf(first));
}

interface Transform {
  readonly before: Cell;
  readonly after: Cell;
}

function registration({ before, after }: Transform, module: Cell, checker: Cell): SystemGroup {
  const from = dataOf(before);
  const to = dataOf(after);
  if (from.kind !== 'root' && from.kind !== 'allocator')
    throw refused('a registration transforms Root or the Allocator');
  const id = from.nextId;
  const last = from.kind === 'root' ? SYSTEM_MODULES - 1 : MAX_MODULE;
  if (id > last) throw refused(`no id is left: ${last} was the last`);
  if (to.kind !== from.kind || to.nextId !== id + 1)
    throw refused(`a registration counts next_id from ${id} to ${id + 1}`);
  requireSame(before, after, ['lock', 'capacity']);
  const made = dataOf(module);
  if (made.kind !== 'module' || made.id !== id) throw refused(`the second cell is the Module cell of ${id}`);
  const rules = dataOf(checker);
  if (rules.kind !== 'checker' || rules.id !== id)
    throw refused(`the third cell is the Checker cell of ${id}`);
  if (module.recipient !== null || checker.recipient !== null)
    throw refused('Module and Checker cells have no recipient');
  return { kind: 'registration', module: id };
}

/** The code changes; its cell may get more capacity along with it, and never less. */
function update({ before, after }: Transform): SystemGroup {
  const from = dataOf(before);
  const to = dataOf(after);
  if (from.kind !== 'checker') throw refused('only a Checker cell is transformed alone');
  if (to.kind !== 'checker' || to.id !== from.id) throw refused(`it stays the Checker cell of ${from.id}`);
  requireSame(before, after, ['lock']);
  if (after.capacity < before.capacity) throw refused('the capacity of a Checker cell never falls');
  return { kind: 'update', module: from.id };
}

function emission({ before, after }: Transform, token: Cell): SystemGroup {
  const from = dataOf(before);
  const to = dataOf(after);
  if (from.kind !== 'module' || to.kind !== 'module' || to.id !== from.id)
    throw refused('a token is emitted by a Module cell, which stays as it is');
  requireSame(before, after, ['lock', 'capacity']);
  if (dataOf(token).kind !== 'token') throw refused('a Module cell emits a token');
  if (token.recipient?.module !== from.id) throw refused(`the recipient of the token is module ${from.id}`);
  return { kind: 'emission', module: from.id };
}

function destruction({ cell }: CheckedInput): SystemGroup {
  if (dataOf(cell).kind !== 'token') throw refused('only tokens are destroyed');
  return { kind: 'destruction', module: null };
}

function transformOf({ input, output }: CheckedOperation): Transform {
  if (input === null || output === null) throw refused('its first operation is a transform');
  return { before: input.cell, after: output.cell };
}

function createOf(operation: CheckedOperation | undefined): Cell {
  if (operation === undefined || operation.input !== null || operation.output === null)
    throw refused('the operations after the first create');
  return operation.output.cell;
}

function requireSame(before: Cell, after: Cell, fields: readonly ('lock' | 'capacity')[]): void {
  for (const field of fields)
    if (before[field] !== after[field]) throw refused(`the ${field} stays the same`);
}

function dataOf({ data }: Cell): SystemData {
  try {
    return decodeData(data);
  } catch (error) {
    if (error instanceof DataError) throw refused(error.message);
    throw error;
  }
}

const refused = (reason: string): Refusal => new Refusal('GROUP_REFUSED', `module 0: ${reason}`);
