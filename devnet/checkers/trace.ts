/**
 * What checkers said to a transaction of the past. The node runs the transaction again and tells what the mechanism read;
 * here the mechanism runs once more on those reads, with Lua that remembers each check.
 */
import { Block, decodeTransaction, fromAddress, sha256, verifySignature } from '../../chain/index.ts';
import { createCells, Submission } from '../../consensus/cells/index.ts';
import {
  type BlockInfo,
  decode,
  fromHex,
  type Hex,
  type ModuleView,
  type Outcome,
  toHex,
  type View,
} from '../../consensus/interface/index.ts';
import { createLua, type Lua, type LuaOutcome } from '../../consensus/lua/index.ts';
import type { Client } from '../../node/client/index.ts';
import type { TraceBlockJson, TraceStepJson } from '../../node/client/wireTrace.ts';
import { CliError } from '../errors.ts';
import { tracedHash } from '../traceText.ts';
import { ENOUGH, type RefusalLine, refusalLine } from './returns.ts';

export interface TracedCheck {
  /** The cell module whose checker it is. */
  readonly module: number;
  readonly code: Uint8Array;
  /** Units that were left for it. */
  readonly limit: number;
  readonly outcome: LuaOutcome;
  /** Of the `return` that refused. */
  readonly refusal: RefusalLine | null;
}

export interface CheckerTrace {
  readonly transaction: string;
  readonly height: number;
  /** What the block says came of it. */
  readonly ok: boolean;
  readonly reason: string | null;
  /** In the order of the groups, up to the one that refused. Groups of module 0 need no checker. */
  readonly checks: readonly TracedCheck[];
}

/** Throws {@link CliError} NO_CELLS_TRANSACTION, OTHER_CODE or TRACE_DIFFERS. */
export async function traceChecks(client: Client, hash: string): Promise<CheckerTrace> {
  const { transaction, blocks } = await tracedHash(client, hash);
  const [block] = blocks;
  const step = block?.steps.find(({ plugin, method }) => plugin.startsWith('cells@') && method === 'submit');
  if (transaction === null || block === undefined || step === undefined)
    throw new CliError(
      'NO_CELLS_TRANSACTION',
      `${hash} is no transaction of cells`,
      'devnet trace shows others',
    );
  const { checks, outcome } = await rerun(client, transaction, block, step);
  const said = outcome.ok ? null : `${outcome.code}: ${outcome.message}`;
  if (said !== step.reason)
    throw new CliError(
      'TRACE_DIFFERS',
      `it ended with ${step.reason ?? 'ok'} and here with ${said ?? 'ok'}`,
      'the code here is not the one that ran',
    );
  return { transaction, height: block.height, ok: outcome.ok, reason: said, checks };
}

async function rerun(
  client: Client,
  hash: string,
  { height, epoch, time }: TraceBlockJson,
  { consensus, plugin, reads }: TraceStepJson,
): Promise<{ readonly checks: readonly TracedCheck[]; readonly outcome: Outcome }> {
  const checks: TracedCheck[] = [];
  const { info, calls } = createCells(remembering(createLua(), checks));
  const own = `${info.name}@${info.version}`;
  if (plugin !== own)
    throw new CliError(
      'OTHER_CODE',
      `${plugin} ran, and ${own} is here`,
      'use the devnet that runs the nodes',
    );
  const [{ chainId }, { graceEpochs }, { sender, args, value }] = await Promise.all([
    client.getNodeInfo(),
    client.request('epoch_current', {}),
    callOf(client, height, hash),
  ]);
  const { submit } = calls;
  if (submit === undefined) throw new TypeError('cells have no submit');
  const call = { sender, args: decode(Submission, args), value };
  const verified = submit.checks?.(call, { chainId }).map(verifySignature) ?? [];
  // Cells do not look at the grace period, which is that of now.
  const block: BlockInfo = { chainId, consensus, height, epoch, time, graceEpochs };
  return { outcome: submit.apply(block, viewOf(reads), { ...call, verified }), checks };
}

/** The same Lua; each check is noted. */
const remembering = (lua: Lua, checks: TracedCheck[]): Lua => ({
  check(code, args, limits) {
    const outcome = lua.check(code, args, limits);
    const refusal =
      outcome.verdict === 'refused' ? refusalLine(code, lined => lua.check(lined, args, ENOUGH)) : null;
    checks.push({ module: Number(args[1]), code, limit: limits.fuel, outcome, refusal });
    return outcome;
  },
});

async function callOf(client: Client, height: number, hash: string) {
  const { blocks } = await client.request('chain_getRawBlocks', { from: height, count: 1 });
  const [found] = blocks;
  const encoded =
    found && decode(Block, fromHex(found.block)).transactions.find(each => sha256(each) === hash);
  if (encoded === undefined) throw new TypeError(`block ${height} has no transaction ${hash}`);
  const { sender, call } = decodeTransaction(encoded).transaction;
  if (call.kind !== 'call') throw new TypeError(`transaction ${hash} calls nothing`);
  return { sender, args: call.args, value: call.value };
}

/** A view that knows what was read. */
function viewOf(reads: TraceStepJson['reads']): View {
  const rows = new Map<string, Hex | null>();
  const modules = new Map<number, ModuleView | undefined>();
  for (const { read, of, value } of reads) {
    if (read === 'get') rows.set((of as { key: string }).key, value as Hex | null);
    if (read === 'module') modules.set((of as { module: number }).module, moduleView(value));
  }
  const unread = (): never => {
    throw new CliError(
      'TRACE_DIFFERS',
      'the code here reads what was not read',
      'use the devnet that runs the nodes',
    );
  };
  return {
    get(key) {
      const row = rows.get(toHex(key));
      if (row === undefined) return unread();
      return row === null ? undefined : fromHex(row);
    },
    module: id => (typeof id === 'number' && modules.has(id) ? modules.get(id) : unread()),
    scan: unread,
    pot: unread,
    balance: unread,
    reserve: unread,
    price: unread,
    children: unread,
    stake: unread,
  };
}

/** Accounts travel as addresses. */
function moduleView(value: unknown): ModuleView | undefined {
  if (value === null) return undefined;
  const view = value as ModuleView;
  return { ...view, account: fromAddress(view.account) };
}
