/**
 * Loading the state of a dump into a running devnet. The dump comes in parts, each a transaction, so that every node has
 * them for good; one more transaction gives its block the state. Until then the parts are rows that nothing reads
 * (docs/decisions/0032-dump-and-load.md).
 */
import type { Hex } from '../../consensus/interface/index.ts';
import { chainError } from '../errors.ts';
import type { DumpHeader } from '../format/dump.ts';
import { LIMITS } from '../format/limits.ts';
import type { DevOperation } from '../format/transaction.ts';
import type { Draft } from '../state/index.ts';
import { type BlockContext, type CallContext, emit } from './context.ts';
import { checksumOf, type Dump, decodeDump, joined } from './dump/file.ts';
import { loadedDraft } from './dump/load.ts';
import { getAccount, getClockAhead, getEpoch, getParameters, getValidators } from './getters.ts';
import { putAccount } from './money.ts';
import { requireOwnState } from './ownState.ts';
import { oldestSeats } from './seats.ts';
import {
  accounts,
  clocks,
  devLoads,
  loadParts,
  pendingLoads,
  punished,
  seats,
  validatorSets,
} from './tables.ts';

type OperationOf<Kind extends DevOperation['kind']> = Extract<DevOperation, { readonly kind: Kind }>;

/** Parts come in order; one that is there already may come again. */
export function addLoadPart(context: CallContext, { dump, index, data }: OperationOf<'loadPart'>): void {
  const { draft } = context;
  requireOwnState(draft);
  if (index === 0 && loadParts.get(draft, 0)?.dump !== dump) forgetParts(draft);
  if ((index + 1) * LIMITS.loadPart >= LIMITS.dump + LIMITS.loadPart)
    throw chainError('DUMP_TOO_LARGE', {
      size: index + 1,
      unit: 'parts',
      max: Math.ceil(LIMITS.dump / LIMITS.loadPart),
    });
  const before = index === 0 ? dump : loadParts.get(draft, index - 1)?.dump;
  if (before !== dump) throw chainError('LOAD_INCOMPLETE', { dump, reason: `there is no part ${index - 1}` });
  loadParts.put(draft, { dump, data }, index);
}

export function abandonLoad({ draft }: CallContext): void {
  requireOwnState(draft);
  forgetParts(draft);
}

/** Whether the load succeeds is found out here; {@link wentTo} does it at the end of the block. */
export function askLoad(context: CallContext, dump: Hex): void {
  const { draft } = context;
  requireOwnState(draft);
  const found = loadedIn(context, dump);
  readyLoads.set(draft, found);
  pendingLoads.put(draft, true);
  const { chainId, height } = found.header;
  emit(context, 'DevLoaded', { dump, chainId, height });
}

interface Loaded {
  readonly header: DumpHeader;
  readonly dump: Hex;
  readonly loaded: Draft;
}

/** Of the draft of a block: what its load found out, so that the end of the block need not do it again. */
const readyLoads = new WeakMap<Draft, Loaded>();

function loadedIn(context: BlockContext, dump: Hex): Loaded {
  const found = dumpIn(context.draft, dump);
  return { header: found.header, dump, loaded: loadedDraft(context, found) };
}

function dumpIn(draft: Draft, dump: Hex): Dump {
  const parts = Array.from(loadParts.scan(draft, []), ([, part]) => part);
  if (parts[0]?.dump !== dump) throw chainError('LOAD_INCOMPLETE', { dump, reason: 'none has come' });
  const bytes = joined(parts.map(({ data }) => data));
  if (checksumOf(bytes) !== dump) throw chainError('LOAD_INCOMPLETE', { dump, reason: 'some are missing' });
  return decodeDump(bytes);
}

function forgetParts(draft: Draft): void {
  for (const [[index]] of loadParts.scan(draft, [])) loadParts.delete(draft, index);
}

/** The state of the dump, with what only grows and who makes the blocks as this block left them. */
export function wentTo(context: BlockContext): Draft {
  const { draft, block } = context;
  const ready = readyLoads.get(draft);
  if (ready === undefined) throw new Error('a load was asked for that did nothing');
  const { dump, header, loaded } = ready;
  keepNonces(draft, loaded);
  keepClock(draft, loaded);
  keepVoters(draft, loaded);
  renumber(draft, loaded);
  forgetParts(loaded);
  const { chainId, height } = header;
  devLoads.put(loaded, { dump, chainId, height }, block.height);
  return loaded;
}

/** They only grow: nothing that this chain has seen may be included in it again. */
function keepNonces(draft: Draft, loaded: Draft): void {
  for (const [[id], { nonce }] of accounts.scan(draft, [])) {
    const account = getAccount(loaded, id);
    if (nonce > account.nonce) putAccount(loaded, id, { ...account, nonce });
  }
}

/** Time only grows. */
function keepClock(draft: Draft, loaded: Draft): void {
  const aheadMs = Math.max(getClockAhead(draft), getClockAhead(loaded));
  if (aheadMs > 0) clocks.put(loaded, { aheadMs });
}

function keepVoters(draft: Draft, loaded: Draft): void {
  for (const ahead of [0, 1, 2] as const) validatorSets.put(loaded, getValidators(draft, ahead), ahead);
}

/**
 * Who sat in which epoch, and what was punished, are facts about this chain's heights, but its epochs have other numbers
 * now. Those that would come before the first are forgotten, and those that no evidence can need any more.
 */
function renumber(draft: Draft, loaded: Draft): void {
  const { number } = getEpoch(loaded);
  const shift = number - getEpoch(draft).number;
  const oldest = Math.max(0, oldestSeats(number, getParameters(loaded)));
  for (const [[epoch]] of seats.scan(loaded, [])) seats.delete(loaded, epoch);
  for (const [mark] of punished.scan(loaded, [])) punished.delete(loaded, ...mark);
  for (const [[epoch], row] of seats.scan(draft, []))
    if (epoch + shift >= oldest) seats.put(loaded, row, epoch + shift);
  for (const [[epoch, ...mark]] of punished.scan(draft, []))
    if (epoch + shift >= oldest) punished.put(loaded, true, epoch + shift, ...mark);
}
