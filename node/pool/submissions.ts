/**
 * What this node has told its clients that it accepted, kept on disk until it is final or refused. A pool lives in
 * memory; a node that is killed must not forget what nobody else may have (decision 12).
 *
 * A row is written before the answer leaves, and not synced: it survives the death of the process, not of the machine.
 * Rows that arrive while a write is on its way share the next one.
 */
import { sha256 } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { Log } from '../ordering/types.ts';
import { PoolError } from './errors.ts';
import type { Pool } from './pool.ts';

/** Where they are kept, by a number that grows with each. */
export interface SubmissionRows {
  /** In order of their numbers. */
  load(): Promise<readonly (readonly [sequence: number, encoded: Uint8Array])[]>;
  /** Resolves when it survives the death of the process. */
  write(added: ReadonlyMap<number, Uint8Array>, removed: readonly number[]): Promise<void>;
}

export interface SubmissionsOptions {
  readonly rows: SubmissionRows;
  readonly pool: Pool;
  readonly isFinal: (hash: Hex) => boolean;
  readonly log: Log;
}

export interface Submissions {
  /** How many are kept. */
  readonly size: number;
  /** For a transaction that the pool took. Resolves when a killed node would remember it, or need not any more. */
  keep(hash: Hex, encoded: Uint8Array): Promise<void>;
  /** Puts back into the pool what the last process left, judged anew. */
  restore(): Promise<void>;
  /** These are final. Also tries again what the pool had no room for. */
  committed(hashes: readonly Hex[]): void;
  /** Resolves when nothing is being written any more. */
  close(): Promise<void>;
}

/** Signatures that are verified at once while restoring; clients that submit meanwhile find room. */
const CHUNK = 1_000;
/** What a full pool says: nothing is wrong with the transaction, and it was accepted before. */
const NO_ROOM: ReadonlySet<string> = new Set(['POOL_FULL', 'POOL_BUSY', 'SENDER_FULL', 'GAP_TOO_LARGE']);

export function createSubmissions({ rows, pool, isFinal, log }: SubmissionsOptions): Submissions {
  const kept = new Map<Hex, number>();
  /** Restored, and not in the pool yet. */
  const waiting = new Map<Hex, Uint8Array>();
  let sequence = 0;
  let added = new Map<number, Uint8Array>();
  let removed: number[] = [];
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  let retrying = false;

  async function write(): Promise<void> {
    // What else arrives in this turn of the event loop comes along.
    await new Promise(resolve => setImmediate(resolve));
    const [puts, deletes] = [added, removed];
    added = new Map();
    removed = [];
    next = null;
    if (puts.size + deletes.length > 0) await rows.write(puts, deletes);
  }

  /** Resolves when all that has changed so far is written. A failed write fails those who waited for it. */
  function flush(): Promise<void> {
    next ??= last.then(write, write);
    last = next;
    return next;
  }

  function forget(hash: Hex): void {
    const number = kept.get(hash);
    if (number === undefined) return;
    kept.delete(hash);
    waiting.delete(hash);
    if (!added.delete(number)) removed.push(number);
  }

  /** Nobody waits for it: a row that stays is judged again, and removed, after the next start. */
  function flushLater(): void {
    if (removed.length > 0)
      flush().catch((error: unknown) =>
        log.error({ err: error }, 'final transactions could not be forgotten'),
      );
  }

  /** Whether it need not be tried again. */
  async function putBack(hash: Hex, encoded: Uint8Array): Promise<boolean> {
    if (!isFinal(hash))
      try {
        await pool.add(encoded, true);
        return true;
      } catch (error) {
        if (!(error instanceof PoolError)) throw error;
        if (NO_ROOM.has(error.code)) return false;
        // It may have become final meanwhile.
        if (!isFinal(hash)) pool.refuse(hash, error);
      }
    forget(hash);
    return true;
  }

  async function putBackAll(): Promise<void> {
    const all = [...waiting];
    for (let at = 0; at < all.length; at += CHUNK)
      await Promise.all(
        all.slice(at, at + CHUNK).map(async ([hash, encoded]) => {
          if (await putBack(hash, encoded)) waiting.delete(hash);
        }),
      );
    flushLater();
  }

  function retry(): void {
    if (retrying || waiting.size === 0) return;
    retrying = true;
    putBackAll()
      .catch((error: unknown) => log.error({ err: error }, 'accepted transactions could not be put back'))
      .finally(() => {
        retrying = false;
      });
  }

  pool.onDrop(({ hash }) => {
    forget(hash);
    flushLater();
  });

  return {
    get size() {
      return kept.size;
    },
    async keep(hash, encoded) {
      // Final or dropped already: whoever asks is told so.
      if (pool.get(hash) === undefined) return;
      if (!kept.has(hash)) {
        kept.set(hash, sequence);
        added.set(sequence++, encoded);
      }
      await flush();
    },
    async restore() {
      for (const [number, encoded] of await rows.load()) {
        const hash = sha256(encoded);
        kept.set(hash, number);
        waiting.set(hash, encoded);
        sequence = number + 1;
      }
      const found = waiting.size;
      await putBackAll();
      if (found > 0)
        log.info({ found, left: kept.size }, 'accepted transactions of the last process are back');
    },
    committed(hashes) {
      for (const hash of hashes) forget(hash);
      flushLater();
      retry();
    },
    async close() {
      await flush();
    },
  };
}
