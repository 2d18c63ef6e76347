/** A transaction of cells out of groups: with its capacity, its fuel and its proofs, tried before it is sent. */

import type { KeyPair } from '../../chain/index.ts';
import {
  type CellInfo,
  CHECK_MEMORY,
  type CheckedGroup,
  checkGroup,
  digestOf,
  type Group,
  type Lock,
  lockOf,
  MAX_FUEL,
  MODULE,
  type OutPoint,
  proofBytes,
  Refusal,
  type Resolved,
  resolve,
  SPACE,
  type Submission,
  systemGroup,
  type Transaction,
  unlockMessage,
  withPayment,
} from '../../consensus/cells/index.ts';
import type { Lua, LuaOutcome } from '../../consensus/lua/index.ts';
import { CliError } from '../errors.ts';
import { type CellsChain, cellAt, codeOf, outPointText, systemOf } from './onChain.ts';
import { ENOUGH, type RefusalLine, refusalLine } from './returns.ts';
import { errorLines, refusalLines, verdictWords } from './shown.ts';

/** What should happen. */
export interface Wanted {
  readonly groups: readonly Group[];
  readonly payment?: Transaction['payment'];
}

export interface Composing {
  /** Pays, and gets the escrow of capacity that is freed. */
  readonly sender: KeyPair;
  /** Who can unlock cells; those who are needed do. */
  readonly signers: readonly KeyPair[];
  /** Although a checker refuses it, so that it is refused on chain. */
  readonly anyway: boolean;
}

export interface Composed {
  readonly submission: Submission;
  /** What it takes, in base units: escrow for capacity that it adds, and the payment. */
  readonly value: bigint;
  readonly escrow: bigint;
  /** Base units that come back for capacity that it frees. */
  readonly freed: bigint;
}

/** Throws {@link CliError} with the code of the rule that it breaks. */
export async function compose(
  chain: CellsChain,
  lua: Lua,
  { groups, payment = null }: Wanted,
  { sender, signers, anyway }: Composing,
): Promise<Composed> {
  const [inputs, { params }] = await Promise.all([inputsOf(chain, groups), systemOf(chain)]);
  const needed = signersFor(groups, inputs, signers);
  const draft = enlarging(
    { consensus: chain.consensus, groups, fuel: MAX_FUEL, refund: null, payment },
    inputs,
  );
  // As long as the signatures that will be there, since a checker sees them.
  const stand = ({ account, scheme }: KeyPair) => ({
    account,
    signature: new Uint8Array(scheme === 'ecdsa' ? 66 : 65),
  });
  const resolved = resolvedWith(draft, needed.map(stand), inputs);
  const fuel = await fuelOf(chain, lua, await paid(chain, resolved.groups, payment, sender), anyway);
  const refund = resolved.freed > 0 ? sender.account : null;
  const transaction = { ...draft, fuel, refund };
  const message = unlockMessage(digestOf(chain.chainId, transaction));
  const unlocks = needed.map(signer => ({ account: signer.account, signature: signer.sign(message) }));
  return {
    submission: { transaction, unlocks },
    value: BigInt(resolved.enlarged) * params.pricePerByte + (payment?.amount ?? 0n),
    escrow: BigInt(resolved.enlarged) * params.pricePerByte,
    freed: BigInt(resolved.freed) * params.pricePerByte,
  };
}

type Inputs = ReadonlyMap<string, CellInfo>;

async function inputsOf(chain: CellsChain, groups: readonly Group[]): Promise<Inputs> {
  const found = new Map<string, CellInfo>();
  for (const at of groups.flatMap(inputPoints)) {
    const cell = await cellAt(chain, at);
    if (cell !== null) found.set(outPointText(at), cell);
  }
  return found;
}

const inputPoints = ({ operations }: Group): readonly OutPoint[] =>
  operations.flatMap(operation => (operation.kind === 'create' ? [] : [operation.input]));

/** Ascending by account. */
function signersFor(
  groups: readonly Group[],
  inputs: Inputs,
  signers: readonly KeyPair[],
): readonly KeyPair[] {
  const locks = new Set<Lock>();
  for (const { operations } of groups)
    for (const operation of operations) {
      if (operation.kind === 'create') continue;
      const cell = inputs.get(outPointText(operation.input));
      const lock = operation.kind === 'consume' ? cell?.recipient?.lock : cell?.lock;
      if (lock) locks.add(lock);
    }
  const byAccount = new Map(signers.map(signer => [signer.account, signer]));
  return [...byAccount.values()]
    .filter(({ account }) => locks.has(lockOf(account)))
    .sort((a, b) => (a.account < b.account ? -1 : 1));
}

/** With a group of Space where capacity is added. */
function enlarging(transaction: Transaction, inputs: Inputs): Transaction {
  const before = [...inputs.values()].reduce((sum, { capacity }) => sum + capacity, 0);
  const after = transaction.groups
    .flatMap(({ operations }) => operations)
    .reduce(
      (sum, operation) =>
        sum + (operation.kind === 'create' || operation.kind === 'transform' ? operation.output.capacity : 0),
      0,
    );
  if (after <= before || transaction.groups.some(({ module }) => module === SPACE)) return transaction;
  return { ...transaction, groups: [...transaction.groups, { module: SPACE, operations: [] }] };
}

function resolvedWith(transaction: Transaction, unlocks: Submission['unlocks'], inputs: Inputs): Resolved {
  const proofs = new Map(unlocks.map(unlock => [lockOf(unlock.account), proofBytes(unlock)]));
  return allowed(() => resolve(transaction, proofs, at => inputs.get(outPointText(at))));
}

function allowed<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const hint =
      error.code === 'LOCKED'
        ? 'whoever opens it signs: --from <who>, or --sign <who> where there is one'
        : 'docs/protocol/cells.md has the rules of transactions';
    throw new CliError(error.code, error.message, hint);
  }
}

/** The groups as their checkers will see them, but for the height of a payment. */
async function paid(
  chain: CellsChain,
  groups: readonly CheckedGroup[],
  payment: Transaction['payment'],
  { account }: KeyPair,
): Promise<readonly CheckedGroup[]> {
  if (payment === null) return groups;
  const { module, amount } = payment;
  const { cellModule } = (await chain.query('binding', { module })) as { readonly cellModule: number | null };
  if (cellModule === null)
    throw new CliError(
      'NOT_BOUND',
      `module ${module} is bound to no cell module`,
      'its key binds it: devnet consensus call cells bind cellModule=<id> --from <who>',
    );
  return allowed(() => withPayment(groups, { module, receiver: account, cellModule, amount }, account, 0));
}

async function fuelOf(
  chain: CellsChain,
  lua: Lua,
  groups: readonly CheckedGroup[],
  anyway: boolean,
): Promise<number> {
  let used = 0;
  for (const group of groups) {
    if (group.module === MODULE) {
      allowed(() => systemGroup(group));
      continue;
    }
    const code = await codeOf(chain, group.module);
    const outcome = checkGroup(lua, code, group, { fuel: MAX_FUEL, memory: CHECK_MEMORY });
    used += outcome.fuel;
    if (outcome.verdict === 'allowed' || anyway) continue;
    const refusal =
      outcome.verdict === 'refused'
        ? refusalLine(code, lined => checkGroup(lua, lined, group, ENOUGH))
        : null;
    throw refused(group.module, code, outcome, refusal);
  }
  // Other signatures may take a little more or less.
  return Math.min(MAX_FUEL, used + Math.ceil(used / 16) + 100);
}

function refused(
  module: number,
  code: Uint8Array,
  outcome: LuaOutcome,
  refusal: RefusalLine | null,
): CliError {
  const source = { name: `module ${module}`, code };
  const lines = [...errorLines(outcome, source), ...refusalLines(refusal, source)];
  return new CliError(
    'CHECKER_REFUSED',
    [`the checker of module ${module} does not allow it: ${verdictWords(outcome)}`, ...lines].join('\n'),
    'nothing was sent; --anyway has it refused on chain, where devnet checker trace shows it',
  );
}
