/**
 * Verification in bulk. What is asked for within one turn of the event loop becomes one batch: a few signatures are
 * checked at once on this thread (a message to a worker costs about as much as two of them), more go to workers.
 */
import { signatureParts } from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';
import type { BulkVerifier, Log } from '../ordering/types.ts';
import { verifyCheck } from './check.ts';
import { createWorkerPool } from './pool.ts';

/** Checks that are cheaper here than in a worker. */
const INLINE = 4;
/** Checks per message to a worker: about 10 ms of work, so that workers share a large batch evenly. */
const CHUNK = 256;

export interface VerifierOptions {
  /** Worker threads; 0 verifies everything on this thread. */
  readonly workers: number;
  readonly log: Log;
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
  let queue: Item[] = [];
  let pending = 0;

  function flush(): void {
    const items = queue;
    queue = [];
    if (pool === null || items.length <= INLINE) {
      for (const { check, done } of items) done(verifyCheck(check));
      return;
    }
    for (let at = 0; at < items.length; at += CHUNK) void delegate(pool, items.slice(at, at + CHUNK));
  }

  function ask(check: Check): Promise<boolean> {
    // A consensus module may ask for anything; what cannot be a signature is none.
    if (signatureParts(check) === undefined) return Promise.resolve(false);
    if (queue.length === 0) setImmediate(flush);
    return new Promise((done, failed) => queue.push({ check, done, failed }));
  }

  return {
    pending: () => pending,
    async verify(checks) {
      pending += checks.length;
      try {
        return await Promise.all(checks.map(ask));
      } finally {
        pending -= checks.length;
      }
    },
    close: async () => pool?.close(),
  };
}

async function delegate(pool: ReturnType<typeof createWorkerPool>, items: readonly Item[]): Promise<void> {
  try {
    const results = await pool.run(items.map(({ check }) => check));
    items.forEach(({ done }, index) => {
      done(results[index] === 1);
    });
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const { failed } of items) failed(reason);
  }
}
