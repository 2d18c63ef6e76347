/**
 * History under changed code: the same blocks, once with the code that ran and once with the other, each on its own state.
 * Both are executed by the kernel; here they are only compared.
 */
import {
  type Block,
  type BlockInput,
  ChainError,
  type CheckedTransaction,
  type Code,
  changesBetween,
  checkedTransaction,
  decodeTransaction,
  describeRow,
  type Execution,
  evidenceChecks,
  executeBlock,
  getAccount,
  ModuleFault,
  mechanismsIn,
  type Rejected,
  type RowChange,
  reasonOf,
  type Selection,
  type State,
  selectTransactions,
  sha256,
  transactionChecks,
  validateExecution,
  verifySignature,
} from '../../chain/index.ts';
import { type Account, type Check, toHex } from '../../consensus/interface/index.ts';
import { type CallDifference, callsThatDiffer, firstOutcome } from './differences.ts';

/** Blocks with a difference that are told of one by one; the rest is counted. */
const MAX_HEIGHTS = 200;
/** Transactions that end otherwise, and balances that differ, told of one by one. */
const MAX_ROWS = 1_000;

export interface HeightDifference {
  readonly height: number;
  /** The first thing that came out otherwise; null where only rows differ. */
  readonly first: string | null;
  /** The first row of the state that the two blocks leave behind differently. */
  readonly row: RowChange | null;
}

export interface Replay {
  readonly from: number;
  readonly to: number;
  readonly differing: number;
  readonly heights: readonly HeightDifference[];
  readonly calls: readonly CallDifference[];
  readonly balances: readonly { readonly account: Account; readonly was: bigint; readonly would: bigint }[];
  /** Where the changed code crashed outside of a call, which would stop a chain. */
  readonly stopped: {
    readonly height: number;
    readonly reason: string;
    readonly stack: readonly string[];
  } | null;
}

export interface ReplayOptions {
  readonly chainId: string;
  readonly state: State;
  /** The code that ran, all versions of it. */
  readonly was: Code;
  /** The same with the changed code, from `from` on; told the state before that block. */
  readonly would: (state: State) => Code;
  readonly from: number;
  /** In order of height, from block 1 on. */
  readonly blocks: AsyncIterable<Block>;
  readonly progress: (height: number) => void;
}

/** History ended otherwise than the chain says although nothing was changed. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code = 'REPLAY_DIFFERS';
  readonly hint =
    'the code that ran then is not the code here: other version of devnet, other plugin, or not deterministic';
}

/** Throws {@link ReplayError} where the code that ran does not reproduce a block. */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const { chainId, was, would, from, progress } = options;
  const verified = createVerifier();
  const heights: HeightDifference[] = [];
  const calls: CallDifference[] = [];
  let [actual, other] = [options.state, options.state];
  let changedCode: Code | null = null;
  let [last, differing] = [from - 1, 0];
  let stopped: Replay['stopped'] = null;
  for await (const block of options.blocks) {
    const { height } = block.header;
    const real = executeReal(actual, block, was, chainId, verified);
    progress(height);
    if (height < from) {
      actual = real.state;
      other = actual;
      continue;
    }
    changedCode ??= would(other);
    const tried = tryOther(other, block, changedCode, chainId, verified);
    if ('reason' in tried) {
      stopped = { height, ...tried };
      break;
    }
    last = height;
    actual = real.state;
    const hashes = block.transactions.map(sha256);
    const changed = callsThatDiffer(height, hashes, real, tried);
    if (calls.length < MAX_ROWS) calls.push(...changed);
    const first = firstOutcome(hashes, real, tried);
    const [row = null] = changesBetween(real, tried.execution);
    other = tried.execution.state;
    if (first === null && row === null) continue;
    differing++;
    if (heights.length < MAX_HEIGHTS) heights.push({ height, first, row });
  }
  return {
    from,
    to: last,
    differing,
    heights,
    calls: calls.slice(0, MAX_ROWS),
    balances: balances(actual, other),
    stopped,
  };
}

type Verify = (check: Check) => boolean;

/** Both executions ask for mostly the same signatures. */
function createVerifier(): Verify {
  let known = new Map<string, boolean>();
  return check => {
    const name = sha256(Buffer.concat([Buffer.from(check.account), check.signature, check.message]));
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size > 100_000) known = new Map();
    const right = verifySignature(check);
    known.set(name, right);
    return right;
  };
}

/** `onRefused` is told of a transaction of which this code cannot say which signatures it needs: it stays out. */
function inputOf(
  state: State,
  block: Block,
  code: Code,
  chainId: string,
  verify: Verify,
  onRefused: (rejected: Rejected) => void,
): BlockInput {
  const mechanisms = mechanismsIn(state, code);
  const { height, time, proposer } = block.header;
  const evidence = block.evidence.map(entry => ({
    evidence: entry,
    verified: evidenceChecks(entry, chainId).every(verify),
  }));
  const transactions: CheckedTransaction[] = [];
  for (const encoded of block.transactions) {
    const signed = decodeTransaction(encoded);
    try {
      // It is final, so its own signature was right.
      const { call } = transactionChecks(signed, mechanisms, chainId);
      transactions.push(checkedTransaction(encoded, signed, [true, ...call.map(verify)]));
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      onRefused({ hash: sha256(encoded), error, final: true });
    }
  }
  return { height, time, proposer, evidence, transactions };
}

function executeReal(state: State, block: Block, code: Code, chainId: string, verify: Verify): Execution {
  try {
    const execution = executeBlock(state, inputOf(state, block, code, chainId, verify, refuse), code);
    validateExecution(block.header, execution);
    return execution;
  } catch (error) {
    throw new ReplayError(`block ${block.header.height} does not come out as it did: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** The code that ran knew every call. */
function refuse({ error }: Rejected): never {
  throw error;
}

interface Crash {
  readonly reason: string;
  readonly stack: readonly string[];
}

function tryOther(
  state: State,
  block: Block,
  code: Code,
  chainId: string,
  verify: Verify,
): Selection | Crash {
  const refused: Rejected[] = [];
  try {
    const input = inputOf(state, block, code, chainId, verify, rejected => refused.push(rejected));
    const selection = selectTransactions(state, input, code);
    return { ...selection, rejected: [...refused, ...selection.rejected] };
  } catch (error) {
    const cause = error instanceof ModuleFault ? error.cause : error;
    const stack = cause instanceof Error ? (cause.stack ?? '').split('\n').slice(1) : [];
    return { reason: reasonOf(error), stack: stack.map(line => line.trim()) };
  }
}

/** Free balances that differ in the end, ascending by account. */
function balances(was: State, would: State): Replay['balances'] {
  const accounts = new Set<Account>();
  for (const state of [was, would])
    for (const [key] of state.rows()) {
      const row = describeRow(key);
      if (row?.table === 'accounts' && Array.isArray(row.key)) accounts.add(toHex(key.subarray(1)));
    }
  return [...accounts]
    .sort()
    .map(account => ({ account, was: getAccount(was, account).free, would: getAccount(would, account).free }))
    .filter(row => row.was !== row.would)
    .slice(0, MAX_ROWS);
}
