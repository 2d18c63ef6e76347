/**
 * Verification in bulk. What is asked for within one turn of the event loop becomes one batch: a few signatures are
 * checked at once on this thread (a message to a worker costs about as much as two of them), more go to workers.
 */
import { signatureParts } from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';
import type { BulkVerifier, Log, Urgency } from '../ordering/types.ts';
import { verifyCheck } from './check.ts';
import { createWorkerPool, type WorkerPool } from './pool.ts';

/** Checks that are cheaper here than in a worker. */
const INLINE = 4;
/**
 * To start the first worker takes 100 ms of processor and 20 MB of memory: not for the votes of an idle chain. Until one
 * runs, this thread takes batches of up to so many checks ...
 */
const INLINE_COLD = 32;
/**
 * ... as long as they are no more than that many at once, and these many a second after that: 1 % of the thread's time, 10 %
 * where somebody sends wrong ones.
 */
const COLD_BURST = 256;
const COLD_PER_SECOND = 128;

/**
 * Checks per message to a worker. Of right signatures about 3 ms of work; of wrong ones, which the slow reference has to
 * confirm, about 100 ms, which is how long a vote may have to wait for a worker under a flood of them.
 */
const CHUNK: Readonly<Record<Urgency, number>> = { votes: 16, blocks: 64, transactions: 64 };
const URGENCIES: readonly Urgency[] = ['votes', 'blocks', 'transactions'];

export interface VerifierOptions {
  /** Worker threads; 0 verifies everything on this thread. */
  readonly workers: number;
  readonly log: Log;
  /** Milliseconds, of a clock that does not jump. */
  readonly now?: () => number;
}

export interface Verifier extends BulkVerifier {
  /** Checks under way. */
  pending(): number;
  close(): Promise<void>;
}

interface Item {
  readonly check: Check;
  readonly done: (right: boolean) => void;
  readonly failed: (error: Error) => void;
}

export function createVerifier(options: VerifierOptions): Verifier {
  const pool = options.workers > 0 ? createWorkerPool(options.workers, options.log) : null;
  const queues: Record<Urgency, Item[]> = { votes: [], blocks: [], transactions: [] };
  const cold = createAllowance(COLD_BURST, COLD_PER_SECOND, options.now ?? (() => performance.now()));
  let scheduled = false;
  let pending = 0;

  const isSmall = (checks: number): boolean =>
    checks <= INLINE || (pool?.isRunning() === false && checks <= INLINE_COLD && cold.take(checks));

  function flush(): void {
    scheduled = false;
    for (const urgency of URGENCIES) {
      const items = queues[urgency];
      queues[urgency] = [];
      verifyAll(items, urgency);
    }
  }

  function verifyAll(items: readonly Item[], urgency: Urgency): void {
    if (pool === null || isSmall(items.length)) {
      for (const { check, done } of items) done(verifyCheck(check));
      return;
    }
    const chunk = CHUNK[urgency];
    for (let at = 0; at < items.length; at += chunk)
      void delegate(pool, items.slice(at, at + chunk), URGENCIES.indexOf(urgency));
  }

  function ask(check: Check, urgency: Urgency): Promise<boolean> {
    // A consensus module may ask for anything; what cannot be a signature is none.
    if (signatureParts(check) === undefined) return Promise.resolve(false);
    if (!scheduled) setImmediate(flush);
    scheduled = true;
    return new Promise((done, failed) => queues[urgency].push({ check, done, failed }));
  }

  return {
    pending: () => pending,
    async verify(checks, urgency = 'transactions') {
      pending += checks.length;
      try {
        return await Promise.all(checks.map(check => ask(check, urgency)));
      } finally {
        pending -= checks.length;
      }
    },
    close: async () => pool?.close(),
  };
}

/** So many at once, and so many a second after that. */
function createAllowance(burst: number, perSecond: number, now: () => number) {
  let left = burst;
  let at = now();
  return {
    take(count: number): boolean {
      const time = now();
      left = Math.min(burst, left + ((time - at) * perSecond) / 1_000);
      at = time;
      if (count > left) return false;
      left -= count;
      return true;
    },
  };
}

async function delegate(pool: WorkerPool, items: readonly Item[], rank: number): Promise<void> {
  try {
    const results = await pool.run(
      items.map(({ check }) => check),
      rank,
    );
    items.forEach(({ done }, index) => {
      done(results[index] === 1);
    });
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const { failed } of items) failed(reason);
  }
}
