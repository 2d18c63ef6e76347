/** Groups of module 0: a new module, another checker, a token. */
import {
  type Cell,
  type CellInfo,
  decodeData,
  encodeData,
  type Group,
  type Lock,
  lockOf,
  MODULE,
  type Output,
  occupied,
  type Recipient,
  type SystemData,
} from '../../consensus/cells/index.ts';
import type { Account } from '../../consensus/interface/index.ts';
import type { Wanted } from './compose.ts';
import { type CellsChain, cellModule, known, systemOf } from './onChain.ts';

/** Registers a module with this code. Anybody can. */
export async function registration(chain: CellsChain, owner: Account, code: Uint8Array): Promise<Wanted> {
  const { allocator } = await systemOf(chain);
  const data = decodeData(allocator.data);
  if (data.kind !== 'allocator') throw new TypeError(`the Allocator is a ${data.kind}`);
  const module = data.nextId;
  const lock = lockOf(owner);
  const counted = changed(allocator, { kind: 'allocator', nextId: module + 1 });
  const operations: Group['operations'] = [
    { kind: 'transform', input: allocator.at, output: counted },
    { kind: 'create', output: made({ kind: 'module', id: module }, lock) },
    { kind: 'create', output: made({ kind: 'checker', id: module, code }, lock) },
  ];
  return { groups: [{ module: MODULE, operations }] };
}

/** Gives a module another checker. Who can unlock its Checker cell can. */
export async function update(chain: CellsChain, module: number, code: Uint8Array): Promise<Wanted> {
  const { checker } = await cellModule(chain, module);
  const before = await known(chain, checker);
  const output = changed(before, { kind: 'checker', id: module, code });
  return { groups: [{ module: MODULE, operations: [{ kind: 'transform', input: before.at, output }] }] };
}

/** Emits a token of a module. Who can unlock its Module cell can. */
export async function emission(
  chain: CellsChain,
  module: number,
  payload: Uint8Array,
  recipient: Lock | null,
): Promise<Wanted> {
  const { cell } = await cellModule(chain, module);
  const before = await known(chain, cell);
  const token = made({ kind: 'token', payload }, before.lock, { module, lock: recipient });
  const operations: Group['operations'] = [
    { kind: 'transform', input: before.at, output: changed(before, decodeData(before.data)) },
    { kind: 'create', output: token },
  ];
  return { groups: [{ module: MODULE, operations }] };
}

function made(data: SystemData, lock: Cell['lock'], recipient: Recipient | null = null): Output {
  const cell = { data: encodeData(data), lock, recipient };
  return { ...cell, capacity: occupied({ module: MODULE, ...cell }) };
}

/** The cell with other data, and more capacity if that takes more. */
function changed({ capacity, lock, recipient }: CellInfo, data: SystemData): Output {
  const cell = { data: encodeData(data), lock, recipient };
  return { ...cell, capacity: Math.max(capacity, occupied({ module: MODULE, ...cell })) };
}
