/**
 * Money for a module of the kernel under the rules of a checker: what is paid stands in the group as one more input, a
 * consumed cell that no transaction can make.
 */
import {
  type Account,
  type BlockInfo,
  event,
  fromHex,
  type Invocation,
  method,
  ok,
  u32,
  type View,
} from '../interface/index.ts';
import type { CheckedGroup, CheckedInput } from './checker.ts';
import { Binding, events, MODULE, ModuleRow, StoredCell, type Transaction } from './format.ts';
import { outcomeOf, Refusal } from './refusal.ts';
import { get, keys, put } from './storage.ts';
import { lockOf } from './unlock.ts';

export interface Payment {
  /** Of the kernel. */
  readonly module: number;
  readonly receiver: Account;
  readonly cellModule: number;
  readonly amount: bigint;
}

/** Who gets the payment of a transaction, if it has one. Throws {@link Refusal}. */
export function paymentOf(block: BlockInfo, view: View, { payment }: Transaction): Payment | null {
  if (payment === null) return null;
  const { module, amount } = payment;
  if (amount === 0n) throw new Refusal('NO_PAYMENT', 'a payment is above 0');
  const found = view.module(module);
  if (found === undefined || found.retired)
    throw new Refusal('NO_SUCH_MODULE', `nobody serves module ${module}`);
  const cellModule = get(view, u32, keys.binding(module));
  if (found.consensus !== block.consensus || cellModule === undefined)
    throw new Refusal('NOT_BOUND', `module ${module} is bound to no cell module here`);
  return { module, receiver: found.account, cellModule, amount };
}

/** The groups with the payment at the end of the first one of its cell module. Throws {@link Refusal}. */
export function withPayment(
  groups: readonly CheckedGroup[],
  payment: Payment | null,
  payer: Account,
  height: number,
): readonly CheckedGroup[] {
  if (payment === null) return groups;
  const place = groups.findIndex(({ module }) => module === payment.cellModule);
  if (place < 0)
    throw new Refusal('NO_GROUP', `no group of module ${payment.cellModule}, which has to allow the payment`);
  const input = paymentInput(payment, payer, height);
  return groups.map((group, index) =>
    index === place ? { ...group, operations: [...group.operations, { input, output: null }] } : group,
  );
}

const TAG = 'P'.charCodeAt(0);

/** `P`, the amount as u64 and the payer's account, in a cell of module 0, where nothing else begins with `P`. */
function paymentInput({ cellModule, amount }: Payment, payer: Account, height: number): CheckedInput {
  const data = new Uint8Array(41);
  data[0] = TAG;
  new DataView(data.buffer).setBigUint64(1, amount);
  data.set(fromHex(payer), 9);
  const recipient = { module: cellModule, lock: null };
  return { cell: { module: MODULE, capacity: 0, data, lock: null, recipient }, unlock: null, height };
}

export const bind = method<Binding>({
  description: 'Binds the sender, a module of the kernel, to a cell module whose Module cell it can unlock.',
  codec: Binding,
  weight: () => 100,
  apply: (block, view, call) =>
    outcomeOf(() => {
      const module = boundSender(block, view, call);
      const { cellModule } = call.args;
      const key = keys.binding(module);
      const told = event('bound', events.bound, { module, cellModule });
      if (cellModule === null) {
        if (view.get(key) === undefined) throw new Refusal('NOT_BOUND', 'it is bound to no cell module');
        return ok([{ op: 'delete', key }], [told]);
      }
      requireOwner(view, cellModule, call.sender);
      return ok([put(u32, key, cellModule)], [told]);
    }),
});

function boundSender(block: BlockInfo, view: View, { sender, value }: Invocation<Binding>): number {
  if (value > 0n) throw new Refusal('VALUE_REFUSED', 'a binding takes no money');
  const module = view.module(sender);
  if (module === undefined || module.retired)
    throw new Refusal('NO_SUCH_MODULE', 'the sender serves no module');
  if (module.consensus !== block.consensus)
    throw new Refusal('NOT_BOUND', `its consensus module is ${module.consensus}, not ${block.consensus}`);
  return module.id;
}

function requireOwner(view: View, cellModule: number, sender: Account): void {
  const row = get(view, ModuleRow, keys.module(cellModule));
  if (row === undefined) throw new Refusal('UNKNOWN_MODULE', `there is no cell module ${cellModule}`);
  const cell = get(view, StoredCell, keys.cell(row.cell));
  if (cell?.lock !== lockOf(sender))
    throw new Refusal('NOT_OWNER', `the sender does not open the Module cell of ${cellModule}`);
}
