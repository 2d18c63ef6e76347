/** A chain of the kit with cells under id 1, and transactions that are signed by whoever should. */
import {
  type CellInfo,
  cells,
  decodeData,
  defaultParams,
  digestOf,
  encodeData,
  type Group,
  lockOf,
  type Operation,
  type OutPoint,
  type Output,
  occupied,
  type Params,
  type Recipient,
  type Submission,
  type SystemData,
  type Transaction,
  unlockMessage,
} from '../../../consensus/cells/index.ts';
import type { Account, ConsensusModule } from '../../../consensus/interface/index.ts';
import {
  accountOf,
  type Chain,
  type ChainOptions,
  createChain,
  type Receipt,
  standIn,
} from '../../../devnet/testing/index.ts';

export const CELLS = 1;
const CHAIN_ID = 'testing';
/** Who can register system modules in these tests. */
export const GOVERNOR = 'governor';
export const PRICE = 100_000n;

export const params: Params = { ...defaultParams(accountOf(GOVERNOR)), pricePerByte: PRICE };

export const cellsChain = (options: ChainOptions = {}, module: ConsensusModule = cells): Chain =>
  createChain({
    modules: [{ module, id: CELLS, params }],
    accounts: ['alice', 'bob', 'charlie', GOVERNOR],
    ...options,
  });

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const lockFor = (who: string) => lockOf(accountOf(who));
export const recipient = (module: number, who: string | null = null): Recipient => ({
  module,
  lock: who === null ? null : lockFor(who),
});

/** As large as it must be, and `spare` bytes larger. */
export function output(
  module: number,
  data: Uint8Array,
  owner: string | null,
  { to = null, spare = 0 }: { readonly to?: Recipient | null; readonly spare?: number } = {},
): Output {
  const cell = { data, lock: owner === null ? null : lockFor(owner), recipient: to };
  return { capacity: occupied({ module, ...cell }) + spare, ...cell };
}

export const systemOutput = (
  data: SystemData,
  owner: string | null,
  more: Parameters<typeof output>[3] = {},
): Output => output(0, encodeData(data), owner, more);

export const create = (made: Output): Operation => ({ kind: 'create', output: made });
export const destroy = (input: OutPoint): Operation => ({ kind: 'destroy', input });
export const consume = (input: OutPoint): Operation => ({ kind: 'consume', input });
export const transform = (input: OutPoint, made: Output): Operation => ({
  kind: 'transform',
  input,
  output: made,
});
export const group = (module: number, ...operations: readonly Operation[]): Group => ({ module, operations });
/** Says that a transaction enlarges. */
export const enlarging = group(1);

export interface Sending {
  readonly from?: string;
  /** Who unlocks; the sender without it. */
  readonly by?: readonly string[];
  readonly value?: bigint;
  readonly fuel?: number;
  readonly refund?: string | null;
  readonly payment?: Transaction['payment'];
  readonly consensus?: number;
  readonly chainId?: string;
}

export function submissionOf(groups: readonly Group[], sending: Sending = {}): Submission {
  const { by = [], fuel = 1_000_000, refund = null, payment = null, consensus = CELLS } = sending;
  const transaction: Transaction = {
    consensus,
    groups,
    fuel,
    refund: refund === null ? null : accountOf(refund),
    payment,
  };
  return { transaction, unlocks: unlocksOf(transaction, by.map(accountOf), sending.chainId) };
}

export function unlocksOf(
  transaction: Transaction,
  accounts: readonly Account[],
  chainId = CHAIN_ID,
): Submission['unlocks'] {
  const message = unlockMessage(digestOf(chainId, transaction));
  return [...accounts].sort().map(account => ({ account, signature: standIn(account, message) }));
}

/** What these helpers need of a chain. */
export type CellsChain = Pick<Chain, 'call' | 'query'>;

export interface Sent {
  readonly receipt: Receipt;
  /** Of its outputs, in order. */
  readonly at: (index: number) => OutPoint;
}

/** Throws CallFailed with the code of the rule that it breaks. */
export function send(chain: CellsChain, groups: readonly Group[], sending: Sending = {}): Sent {
  const { from = 'alice', value = 0n } = sending;
  const receipt = chain.call(CELLS, 'submit', submissionOf(groups, sending), { from, value });
  const applied = receipt.events.find(({ name }) => name === 'applied');
  return { receipt, at: index => ({ transaction: applied?.data.transaction, index }) };
}

export const price = (...outputs: readonly Output[]): bigint =>
  PRICE * BigInt(outputs.reduce((sum, { capacity }) => sum + capacity, 0));

export const systemNow = (chain: CellsChain) =>
  chain.query(CELLS, 'system') as { readonly root: CellInfo; readonly allocator: CellInfo };
export const moduleNow = (chain: CellsChain, module: number) => {
  const [found] = chain.query(CELLS, 'modules', { after: module === 0 ? null : module - 1 }) as readonly {
    readonly module: number;
    readonly cell: OutPoint;
    readonly checker: OutPoint;
  }[];
  if (found?.module !== module) throw new RangeError(`there is no cell module ${module}`);
  return found;
};
export const cellNow = (chain: CellsChain, at: OutPoint) => chain.query(CELLS, 'cell', at) as CellInfo | null;

export function asOutput({ capacity, data, lock, recipient: to }: CellInfo): Output {
  return { capacity, data, lock, recipient: to };
}

/** The groups and the value that register a module with this code. */
export function registration(
  chain: CellsChain,
  owner: string | null,
  code: string,
  kind: 'root' | 'allocator' = 'allocator',
) {
  const before = systemNow(chain)[kind];
  const data = decodeData(before.data);
  if (data.kind !== kind) throw new TypeError(`no ${kind}`);
  const id = data.nextId;
  const module = systemOutput({ kind: 'module', id }, owner);
  const checker = systemOutput({ kind: 'checker', id, code: text(code) }, owner, { spare: 200 });
  const counted: Output = { ...asOutput(before), data: encodeData({ kind, nextId: id + 1 }) };
  const groups = [group(0, transform(before.at, counted), create(module), create(checker)), enlarging];
  return { id, groups, value: price(module, checker) };
}

export function register(chain: CellsChain, owner: string | null, code: string): number {
  const { id, groups, value } = registration(chain, owner, code);
  send(chain, groups, { value });
  return id;
}

/** A token of a module, in a transaction of its own. */
export function emit(
  chain: CellsChain,
  module: number,
  owner: string,
  payload: string,
  to: Recipient = recipient(module),
): OutPoint {
  const { cell } = moduleNow(chain, module);
  const before = cellNow(chain, cell);
  if (before === null) throw new RangeError('no Module cell');
  const token = systemOutput({ kind: 'token', payload: text(payload) }, owner, { to });
  const groups = [group(0, transform(cell, asOutput(before)), create(token)), enlarging];
  return send(chain, groups, { by: [owner], value: price(token) }).at(1);
}

/** A cell of Space with this much capacity. */
export function space(chain: CellsChain, owner: string, capacity = 1_000): OutPoint {
  const made = { ...output(1, new Uint8Array(), owner), capacity };
  return send(chain, [group(1, create(made))], { from: owner, value: price(made) }).at(0);
}
