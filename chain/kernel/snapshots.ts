/**
 * Snapshots of a devnet, inside its state. Taking one costs a row; from then on a block keeps, of each row that it
 * changes for the first time, what it was. Going back writes those rows back. Heights, nonces, and the clock only grow,
 * so nobody signs a second block for a height and no transaction can be included twice
 * (docs/decisions/0031-going-back.md).
 */
import { decode } from '../../consensus/interface/index.ts';
import { chainError } from '../errors.ts';
import { ConsensusEntry, type DevSnapshot } from '../format/entities.ts';
import { Draft, type State, type StateReader } from '../state/index.ts';
import { type BlockContext, type CallContext, emit } from './context.ts';
import { getAccount, getEpoch, listConsensus } from './getters.ts';
import { codeName } from './mechanism.ts';
import { putAccount } from './money.ts';
import { requireOwnState } from './ownState.ts';
import {
  accounts,
  clocks,
  consensusEntries,
  devLoads,
  devSnapshots,
  epochs,
  keptRows,
  loadParts,
  pendingReverts,
  reverts,
  validatorSets,
} from './tables.ts';

export const MAX_SNAPSHOTS = 256;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

/** By their ids, the oldest first. */
export const listSnapshots = (state: StateReader): readonly (readonly [id: number, row: DevSnapshot])[] =>
  Array.from(devSnapshots.scan(state, []), ([[id], row]) => [id, row] as const);

/** The height of the block that took back the block of this height; undefined if it still counts. */
export function revertOf(state: StateReader, height: number): number | undefined {
  if (height === 0) return undefined;
  const [next] = reverts.scan(state, [], { after: reverts.key(height - 1), limit: 1 });
  if (next !== undefined && next[1] < height) return next[0][0];
  const [load] = devLoads.scan(state, [], { after: devLoads.key(height - 1), limit: 1 });
  return load?.[0][0];
}

/** A snapshot of the state after this block. */
export function takeSnapshot(context: CallContext, name: string): void {
  const { draft, block } = context;
  if (!NAME.test(name)) throw chainError('BAD_SNAPSHOT_NAME', { name });
  const taken = listSnapshots(draft);
  if (taken.some(([, row]) => row.name === name)) throw chainError('SNAPSHOT_EXISTS', { name });
  if (taken.length >= MAX_SNAPSHOTS) throw chainError('SNAPSHOTS_FULL', { max: MAX_SNAPSHOTS });
  const { height } = block;
  const row = { name, height, intoEpoch: height - context.epoch.startHeight };
  devSnapshots.put(draft, row, (taken.at(-1)?.[0] ?? -1) + 1);
  emit(context, 'DevSnapshotTaken', { name, height });
}

/** The state after this block is that of a snapshot; {@link wentBack} sees to it. */
export function askRevert(context: CallContext, name: string): void {
  const { draft, block } = context;
  const found = listSnapshots(draft).find(([, row]) => row.name === name && row.height < block.height);
  if (found === undefined) throw chainError('UNKNOWN_SNAPSHOT', { name });
  requireOwnState(draft);
  const [id, { height }] = found;
  requireSameCode(context, id, name);
  pendingReverts.put(draft, id);
  emit(context, 'DevReverted', { name, height });
}

/** Code comes into force at a boundary and stays (decision 17): no state goes back over it. */
function requireSameCode({ draft, switched }: CallContext, id: number, name: string): void {
  for (const entry of listConsensus(draft))
    if (switched.has(entry.id) || !isSameCode(entry, entryAt(draft, id, entry)))
      throw chainError('SNAPSHOT_CODE_CHANGED', { name, consensus: entry.id, code: codeName(entry) });
}

/** What an entry was at a snapshot: the first that was kept since; if nothing was, it is as it was. */
function entryAt(draft: Draft, snapshot: number, entry: ConsensusEntry): ConsensusEntry | null {
  const key = consensusEntries.key(entry.id);
  for (const [id] of listSnapshots(draft)) {
    if (id < snapshot) continue;
    const kept = keptRows.get(draft, id, key);
    if (kept !== undefined) return kept.value === null ? null : decode(ConsensusEntry, kept.value);
  }
  return entry;
}

const isSameCode = (entry: ConsensusEntry, then: ConsensusEntry | null): boolean =>
  then !== null && codeName(then) === codeName(entry) && then.codeHash === entry.codeHash;

/** Tables that a revert leaves alone: what it works with, and the clock. */
const STAYING: ReadonlySet<number> = new Set(
  [devSnapshots, keptRows, reverts, devLoads, loadParts, clocks].map(({ id }) => id),
);
/** Headers committed to these sets already; the one after them goes back. */
const VOTERS = [validatorSets.key(0), validatorSets.key(1)];

/** Of a row that snapshots keep. */
export const goesBack = (key: Uint8Array): boolean =>
  !STAYING.has(key[0] ?? 0) && !VOTERS.some(stays => Buffer.compare(stays, key) === 0);

/** The state of a snapshot, with what only grows as the block left it. */
export function wentBack({ base, draft, block: { height } }: BlockContext, snapshot: number): Draft {
  const back = new Draft(base);
  for (const [id] of [...listSnapshots(base)].reverse()) {
    if (id < snapshot) break;
    restore(base, back, id);
    if (id > snapshot) devSnapshots.delete(back, id);
  }
  for (const key of [clocks.key(), ...VOTERS]) copy(draft, back, key);
  keepNonces(draft, back);
  const row = devSnapshots.get(base, snapshot);
  if (row === undefined) throw new Error('the snapshot that was asked for is gone');
  // So many blocks into its epoch as it was then: the epoch ends after as many more.
  epochs.put(back, { ...getEpoch(back), startHeight: height - row.intoEpoch });
  for (const [[at]] of reverts.scan(base, [], { after: reverts.key(row.height) })) reverts.delete(back, at);
  for (const [[at]] of devLoads.scan(base, [], { after: devLoads.key(row.height) }))
    devLoads.delete(back, at);
  reverts.put(back, row.height, height);
  return back;
}

function restore(base: State, back: Draft, id: number): void {
  for (const [[, key], { value }] of keptRows.scan(base, [id])) {
    if (value === null) back.delete(key);
    else back.put(key, value);
    keptRows.delete(back, id, key);
  }
}

function copy(from: StateReader, to: Draft, key: Uint8Array): void {
  const value = from.get(key);
  if (value !== undefined) to.put(key, value);
}

/** Also of the accounts that this block was the first to use. */
function keepNonces(draft: Draft, back: Draft): void {
  const touched = [...back.changes(), ...draft.changes()].filter(({ key }) => key[0] === accounts.id);
  for (const { key } of touched) {
    const [account] = accounts.parts(key);
    const { free } = getAccount(back, account);
    putAccount(back, account, { nonce: getAccount(draft, account).nonce, free });
  }
}
