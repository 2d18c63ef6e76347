/**
 * Group commit: writes that arrive while a batch is on its way share the next one, so that a hundred calls at once
 * wait for two syncs instead of a hundred.
 */
import type { Database } from '../level.ts';

export type Row =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export interface Journal {
  /** Resolves when the rows are written, together and before anything that is appended later. */
  append(rows: readonly Row[]): Promise<void>;
}

/** With `sync`, written means on the disk; without, that it survives the death of the process, not a power cut. */
export function createJournal(database: Database, sync: boolean): Journal {
  let waiting: Row[] = [];
  let next: Promise<void> | null = null;
  let last: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    next = null;
    await database.batch(rows, { sync });
  };

  return {
    append(rows) {
      waiting.push(...rows);
      // A failed batch fails those who waited for it; the next one is tried all the same.
      next ??= last.then(flush, flush);
      last = next;
      return next;
    },
  };
}
