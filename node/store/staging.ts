/**
 * Where a snapshot grows while the old state is in use: the other slot. Each batch holds rows and the record of how far
 * the snapshot is, so that a crash at any instant loses at most the batch that was being written.
 */
import type { Row as StateRow } from '../../chain/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import { type Database, put, writeBatch } from './database.ts';
import { StageProgress } from './formats.ts';
import * as keys from './keys.ts';

/** State rows per read. */
const LOAD_CHUNK = 4096;

export interface Staging {
  /** What an interrupted snapshot came to; null if there is none. */
  progress(): StageProgress | null;
  /** Begins a snapshot; what another one left is removed. */
  begin(progress: StageProgress): Promise<void>;
  /** Verified rows, and how far the snapshot is with them. */
  add(rows: readonly StateRow[], progress: StageProgress): Promise<void>;
  /** All rows so far. */
  rows(): AsyncIterable<readonly StateRow[]>;
}

/** `slot`: the one that is not in use. */
export function createStaging(database: Database, slot: () => keys.StateSlot): Staging {
  return {
    progress() {
      const found = database.getSync(keys.STAGE_KEY);
      return found === undefined ? null : decode(StageProgress, found);
    },
    async begin(progress) {
      // The record goes first: rows without one are rubbish, and never taken up.
      await writeBatch(database, [{ type: 'del', key: keys.STAGE_KEY }]);
      await database.clear(keys.stateRange(slot()));
      await writeBatch(database, [recordOf(progress)]);
    },
    add(rows, progress) {
      const writes = rows.map(([key, value]) => put(keys.stateKey(slot(), key), value));
      return writeBatch(database, [...writes, recordOf(progress)]);
    },
    rows: () => stateChunks(database, slot()),
  };
}

const recordOf = (progress: StageProgress) => put(keys.STAGE_KEY, encode(StageProgress, progress));

/** The rows of a slot, some thousand at a time. */
export async function* stateChunks(
  database: Database,
  slot: keys.StateSlot,
): AsyncGenerator<readonly StateRow[]> {
  const iterator = database.iterator(keys.stateRange(slot));
  try {
    for (;;) {
      const chunk = await iterator.nextv(LOAD_CHUNK);
      if (chunk.length === 0) return;
      yield chunk.map(([key, value]) => [key.subarray(1), value] as const);
    }
  } finally {
    await iterator.close();
  }
}
