/** The call that applies a transaction of cells, whole or not at all. */
import {
  type BlockInfo,
  type Event,
  event,
  type Invocation,
  method,
  type Op,
  type Outcome,
  ok,
  u53,
  type View,
} from '../interface/index.ts';
import type { Lua } from '../lua/index.ts';
import { type CheckedGroup, checkGroup } from './checker.ts';
import { decodeData } from './data.ts';
import {
  CHECK_MEMORY,
  events,
  type Lock,
  MODULE,
  ModuleRow,
  type OutPoint,
  OutPoint as OutPointCodec,
  Params,
  StoredCell,
  Submission,
} from './format.ts';
import { type SystemGroup, systemGroup } from './moduleRules.ts';
import { type Payment, paymentOf, withPayment } from './payment.ts';
import { outcomeOf, Refusal } from './refusal.ts';
import { type Resolved, resolve } from './resolve.ts';
import { deleteCell, get, keys, put, putCell, required } from './storage.ts';
import { digestOf, lockOf, proofBytes, transactionId, unlockMessage } from './unlock.ts';

const WEIGHT = 100;
/** Putting the machine's state back, before any fuel. */
const GROUP_WEIGHT = 20;
/** A cell read or written, with its rows in two or three indexes. */
const OPERATION_WEIGHT = 150;
/** A unit of fuel takes 4 to 12 ns. */
const FUEL_PER_UNIT = 80;

/** Transactions are judged by `lua`; tests give another. */
export const submit = (lua: Lua) =>
  method<Submission>({
    description: 'Applies a transaction of cells: each group is what the checker of its module allows.',
    codec: Submission,
    weight: weightOf,
    checks({ args: { transaction, unlocks } }, { chainId }) {
      const message = unlockMessage(digestOf(chainId, transaction));
      return unlocks.map(({ account, signature }) => ({ account, signature, message }));
    },
    reads: ({ args }) => ({ keys: readKeys(args) }),
    apply: (block, view, call) => outcomeOf(() => applied(lua, block, view, call)),
  });

function weightOf({ transaction: { groups, fuel } }: Submission): number {
  const operations = groups.reduce((sum, group) => sum + group.operations.length, 0);
  return (
    WEIGHT + GROUP_WEIGHT * groups.length + OPERATION_WEIGHT * operations + Math.ceil(fuel / FUEL_PER_UNIT)
  );
}

function readKeys({ transaction: { groups } }: Submission): Uint8Array[] {
  const inputs = groups.flatMap(({ operations }) =>
    operations.flatMap(operation => (operation.kind === 'create' ? [] : [keys.cell(operation.input)])),
  );
  return [keys.params(), ...groups.map(({ module }) => keys.module(module)), ...inputs];
}

function applied(lua: Lua, block: BlockInfo, view: View, call: Invocation<Submission>): Outcome {
  const { transaction } = call.args;
  if (transaction.consensus !== block.consensus)
    throw new Refusal(
      'OTHER_CONSENSUS',
      `it is for consensus id ${transaction.consensus}, not ${block.consensus}`,
    );
  const resolved = resolve(transaction, proofsOf(call), at => get(view, StoredCell, keys.cell(at)));
  const payment = paymentOf(block, view, transaction);
  const refund = requireMoney(view, call, resolved, payment);
  const groups = withPayment(resolved.groups, payment, call.sender, block.height);
  const judged = judge(lua, view, groups, transaction.fuel);
  const { id, counted } = nameFor(block, view, call, resolved);
  const outputs = resolved.outputs.map((_, index) => ({ transaction: id, index }));
  return ok(
    [
      ...resolved.spent.flatMap(({ at, cell }) => deleteCell(at, cell)),
      ...resolved.outputs.flatMap((cell, index) =>
        putCell({ transaction: id, index }, { ...cell, height: block.height }),
      ),
      ...pointers(view, resolved, outputs),
      ...counted,
      ...refund,
      ...paid(payment),
    ],
    eventsOf(call, resolved, id, judged, payment),
  );
}

/** What opens which lock. Throws {@link Refusal}. */
function proofsOf({ args: { unlocks }, verified }: Invocation<Submission>): ReadonlyMap<Lock, Uint8Array> {
  const proofs = new Map<Lock, Uint8Array>();
  let before = '';
  for (const [index, unlock] of unlocks.entries()) {
    if (unlock.account <= before)
      throw new Refusal('UNLOCKS_NOT_ASCENDING', 'each account unlocks once, in order');
    if (verified[index] !== true)
      throw new Refusal('BAD_UNLOCK', `the signature of unlock ${index} is wrong`);
    proofs.set(lockOf(unlock.account), proofBytes(unlock));
    before = unlock.account;
  }
  return proofs;
}

/** The value is exactly what new capacity and the payment cost; freed capacity is paid back. */
function requireMoney(
  view: View,
  { args: { transaction }, value }: Invocation<Submission>,
  { enlarged, freed }: Resolved,
  payment: Payment | null,
): Op[] {
  const { pricePerByte } = required(view, Params, keys.params());
  const owed = BigInt(enlarged) * pricePerByte + (payment?.amount ?? 0n);
  if (value !== owed)
    throw new Refusal('VALUE_DIFFERS', `it has ${value} base units attached and takes exactly ${owed}`);
  const amount = BigInt(freed) * pricePerByte;
  if (amount === 0n) return [];
  if (transaction.refund === null)
    throw new Refusal(
      'NO_REFUND',
      `it frees ${freed} bytes of capacity and names nobody who gets their escrow`,
    );
  return [pay(transaction.refund, amount)];
}

const paid = (payment: Payment | null): Op[] =>
  payment === null ? [] : [pay(payment.receiver, payment.amount)];

const pay = (account: Payment['receiver'], amount: bigint): Op => ({
  op: 'transfer',
  from: { kind: 'pot' },
  to: { kind: 'account', account },
  amount,
});

interface Judged {
  readonly system: readonly SystemGroup[];
  readonly fuel: number;
}

/** Every group by the checker of its module as it was before the transaction. Throws {@link Refusal}. */
function judge(lua: Lua, view: View, groups: readonly CheckedGroup[], fuel: number): Judged {
  const system: SystemGroup[] = [];
  let used = 0;
  for (const [index, group] of groups.entries()) {
    if (group.module === MODULE) system.push(systemGroup(group));
    else used += fuelFor(lua, checkerCode(view, group.module), group, index, fuel - used);
  }
  return { system, fuel: used };
}

function fuelFor(lua: Lua, code: Uint8Array, group: CheckedGroup, index: number, fuel: number): number {
  const name = `group ${index} of module ${group.module}`;
  if (fuel === 0) throw new Refusal('NO_FUEL', `no fuel is left for ${name}`);
  const outcome = checkGroup(lua, code, group, { fuel, memory: CHECK_MEMORY });
  if (outcome.verdict === 'allowed') return outcome.fuel;
  throw new Refusal(
    'CHECKER_REFUSED',
    `its checker does not allow ${name}, after ${outcome.fuel} of ${fuel} units of fuel`,
  );
}

function checkerCode(view: View, module: number): Uint8Array {
  const row = get(view, ModuleRow, keys.module(module));
  if (row === undefined) throw new Refusal('UNKNOWN_MODULE', `there is no cell module ${module}`);
  const data = decodeData(required(view, StoredCell, keys.cell(row.checker)).data);
  if (data.kind !== 'checker') throw new TypeError(`the checker of module ${module} is a ${data.kind}`);
  return data.code;
}

function nameFor(
  block: BlockInfo,
  view: View,
  { args }: Invocation<Submission>,
  { spent }: Resolved,
): { readonly id: OutPoint['transaction']; readonly counted: readonly Op[] } {
  const digest = digestOf(block.chainId, args.transaction);
  if (spent.length > 0) return { id: transactionId(digest, null), counted: [] };
  const sequence = required(view, u53, keys.sequence());
  return { id: transactionId(digest, sequence), counted: [put(u53, keys.sequence(), sequence + 1)] };
}

/** Where the cells are now that others look for. Their groups were allowed, so their data is what it should be. */
function pointers(view: View, { outputs }: Resolved, places: readonly OutPoint[]): Op[] {
  const rows = new Map<number, Partial<ModuleRow>>();
  const ops: Op[] = [];
  for (const [index, { module, data }] of outputs.entries()) {
    const at = places[index];
    if (module !== MODULE || at === undefined) continue;
    const is = decodeData(data);
    if (is.kind === 'root') ops.push(put(OutPointCodec, keys.root(), at));
    if (is.kind === 'allocator') ops.push(put(OutPointCodec, keys.allocator(), at));
    if (is.kind === 'module') rows.set(is.id, { ...rows.get(is.id), cell: at });
    if (is.kind === 'checker') rows.set(is.id, { ...rows.get(is.id), checker: at });
  }
  return [...ops, ...[...rows].map(([id, changes]) => putModule(view, id, changes))];
}

function putModule(view: View, id: number, changes: Partial<ModuleRow>): Op {
  const { cell, checker } = { ...get(view, ModuleRow, keys.module(id)), ...changes };
  if (cell === undefined || checker === undefined) throw new TypeError(`module ${id} has one cell only`);
  return put(ModuleRow, keys.module(id), { cell, checker });
}

const EVENT_NAMES = {
  registration: 'registered',
  update: 'checkerUpdated',
  emission: 'tokenEmitted',
} as const;

function eventsOf(
  { sender }: Invocation<Submission>,
  { spent, outputs, enlarged, freed }: Resolved,
  transaction: OutPoint['transaction'],
  { system, fuel }: Judged,
  payment: Payment | null,
): Event[] {
  const done = {
    transaction,
    spent: spent.map(({ at }) => at),
    outputs: outputs.length,
    fuel,
    enlarged,
    freed,
  };
  const ofModules = system.flatMap(group => {
    if (group.kind === 'destruction') return [];
    const name = EVENT_NAMES[group.kind];
    return [event(name, events[name], { module: group.module })];
  });
  if (payment === null) return [event('applied', events.applied, done), ...ofModules];
  const { module, cellModule, amount } = payment;
  const told = event('paid', events.paid, { module, cellModule, payer: sender, amount });
  return [event('applied', events.applied, done), ...ofModules, told];
}
