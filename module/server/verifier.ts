/**
 * Verification of many callers at once: what comes within one turn of the event loop becomes one message to a worker
 * thread. A few are checked here: a message costs as much as they do.
 */
import { availableParallelism } from 'node:os';
import { signatureParts } from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';
import { createWorkerPool, type WorkerPool } from '../../node/verify/pool.ts';
import { verifyCheck } from '../protocol/index.ts';
import type { Log } from './site.ts';

export interface CallVerifier {
  /** As {@link verifyCheck}. Rejects if the worker died of the batch twice, or is closed. */
  verify(check: Check): Promise<boolean>;
  close(): Promise<void>;
}

const INLINE = 4;
/** About 4 ms of work. */
const CHUNK = 64;

interface Item {
  readonly check: Check;
  readonly done: (right: boolean) => void;
  readonly failed: (error: unknown) => void;
}

export function createVerifier(log: Log): CallVerifier {
  const workers = Math.max(1, availableParallelism() - 1);
  const pool = createWorkerPool(workers, { ...log, debug: () => undefined }, workerEntry());
  let waiting: Item[] = [];

  function flush(): void {
    const items = waiting;
    waiting = [];
    if (items.length <= INLINE) for (const { check, done } of items) done(verifyCheck(check));
    else for (let at = 0; at < items.length; at += CHUNK) void delegate(pool, items.slice(at, at + CHUNK));
  }

  return {
    verify: check =>
      new Promise((done, failed) => {
        // A message to a worker has room for signatures only.
        if (signatureParts(check) === undefined) return done(false);
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ check, done, failed });
      }),
    close: () => pool.close(),
  };
}

async function delegate(pool: WorkerPool, items: readonly Item[]): Promise<void> {
  try {
    const results = await pool.run(items.map(({ check }) => check));
    for (const [index, { done }] of items.entries()) done(results[index] === 1);
  } catch (error) {
    for (const { failed } of items) failed(error);
  }
}

/** Beside this file in source form, beside the bundle in the built one. */
function workerEntry(): URL {
  const source = import.meta.url.endsWith('.ts');
  return new URL(source ? './verifyWorkerFromSource.js' : './call-verify-worker.js', import.meta.url);
}
