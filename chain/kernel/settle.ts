import type { Change, Draft, State } from '../state/index.ts';
import type { BlockContext } from './context.ts';
import { wentTo } from './loads.ts';
import { goesBack, listSnapshots, wentBack } from './snapshots.ts';
import { devSnapshots, keptRows, pendingLoads, pendingReverts } from './tables.ts';

/** The changes of a block, whose draft is done: those of the draft, or those that lead to the state that it asked for. */
export function settle(context: BlockContext): readonly Change[] {
  const { base, draft } = context;
  const asked = pendingReverts.get(draft);
  if (asked !== undefined) return kept(base, wentBack(context, asked), false);
  return kept(base, pendingLoads.has(draft) ? wentTo(context) : draft, true);
}

/** With what the newest snapshot has to know of them, unless they lead back to one. */
function kept(base: State, settled: Draft, keeps: boolean): readonly Change[] {
  const changes = effective(base, settled);
  const newest = listSnapshots(base).findLast(([id]) => devSnapshots.has(settled, id));
  if (newest === undefined || !keeps) return changes;
  for (const { key } of changes)
    if (goesBack(key) && !keptRows.has(base, newest[0], key))
      keptRows.put(settled, { value: base.get(key) ?? null }, newest[0], key);
  return effective(base, settled);
}

/** Changes that change something: what was written back as it was costs no row in the store. */
function effective(base: State, draft: Draft): Change[] {
  return draft.changes().filter(({ key, value }) => {
    const before = base.get(key);
    if (value === null || before === undefined) return value !== (before ?? null);
    return Buffer.compare(before, value) !== 0;
  });
}
