/** Worker threads for verification. One that dies is replaced, and what it was doing is asked once more. */
import { Worker } from 'node:worker_threads';
import type { Check } from '../../consensus/interface/index.ts';
import type { Log } from '../ordering/types.ts';
import { packChecks } from './pack.ts';
import type { VerifyRequest, VerifyResponse } from './worker.ts';

const MAX_ATTEMPTS = 2;
/** One that a worker works on and one that it finds when it is done; the others wait here, where urgent ones pass them. */
const JOBS_PER_WORKER = 2;

/** The workers could not answer; the signatures are neither right nor wrong. */
export class VerifyError extends Error {
  override readonly name = 'VerifyError';
  readonly code: 'WORKER_CRASHED' | 'CLOSED';
  constructor(code: VerifyError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Job {
  readonly checks: readonly Check[];
  /** Lower goes first. */
  readonly rank: number;
  attempts: number;
  readonly done: (results: Uint8Array) => void;
  readonly failed: (error: VerifyError) => void;
}

interface Slot {
  worker: Worker;
  readonly jobs: Map<number, Job>;
}

export interface WorkerPool {
  /** One byte per check, 1 for right. Jobs of a lower `rank` go first, those of one rank in order. Rejects with {@link VerifyError}. */
  run(checks: readonly Check[], rank?: number): Promise<Uint8Array>;
  /** Whether a worker runs. */
  isRunning(): boolean;
  close(): Promise<void>;
}

/** Workers start when there is work for them. `entry` is for tests. */
export function createWorkerPool(size: number, log: Log, entry: URL = workerEntry()): WorkerPool {
  const slots: Slot[] = [];
  /** By rank, each in order. */
  const waiting: Job[][] = [];
  let nextId = 0;
  let closed = false;

  function enqueue(job: Job): void {
    while (waiting.length <= job.rank) waiting.push([]);
    waiting[job.rank]?.push(job);
    fill();
  }

  function fill(): void {
    for (let slot = freeSlot(); slot !== null; slot = freeSlot()) {
      const job = waiting.find(jobs => jobs.length > 0)?.shift();
      if (job === undefined) return;
      assign(job, slot ?? open());
    }
  }

  function assign(job: Job, slot: Slot): void {
    job.attempts++;
    const id = nextId++;
    slot.jobs.set(id, job);
    slot.worker.ref();
    const checks = packChecks(job.checks);
    slot.worker.postMessage({ id, checks } satisfies VerifyRequest, [checks.buffer]);
  }

  /** undefined: a worker is to be started; null: all are busy. */
  function freeSlot(): Slot | undefined | null {
    const idle = slots.find(slot => slot.jobs.size === 0);
    if (idle !== undefined || slots.length < size) return idle;
    return slots.find(slot => slot.jobs.size < JOBS_PER_WORKER) ?? null;
  }

  function open(): Slot {
    const slot: Slot = { worker: new Worker(entry), jobs: new Map() };
    slots.push(slot);
    slot.worker.unref();
    slot.worker.on('message', ({ id, results }: VerifyResponse) => {
      const job = slot.jobs.get(id);
      slot.jobs.delete(id);
      if (slot.jobs.size === 0) slot.worker.unref();
      job?.done(results);
      fill();
    });
    slot.worker.on('error', error => lost(slot, error));
    slot.worker.on('exit', code => lost(slot, new Error(`it exited with code ${code}`)));
    return slot;
  }

  function lost(slot: Slot, cause: unknown): void {
    const index = slots.indexOf(slot);
    if (index < 0 || closed) return;
    slots.splice(index, 1);
    void slot.worker.terminate();
    log.error({ err: cause, jobs: slot.jobs.size }, 'a verification worker died');
    for (const job of slot.jobs.values()) {
      if (job.attempts < MAX_ATTEMPTS) enqueue(job);
      else
        job.failed(
          new VerifyError('WORKER_CRASHED', 'the verification worker died twice on one batch', { cause }),
        );
    }
    fill();
  }

  return {
    run(checks, rank = 0) {
      if (closed) return Promise.reject(new VerifyError('CLOSED', 'the verification workers are closed'));
      return new Promise((done, failed) => enqueue({ checks, rank, attempts: 0, done, failed }));
    },
    isRunning: () => slots.length > 0,
    async close() {
      closed = true;
      const left = [...waiting.splice(0).flat(), ...slots.flatMap(({ jobs }) => [...jobs.values()])];
      for (const job of left) job.failed(new VerifyError('CLOSED', 'the node is stopping'));
      await Promise.all(slots.splice(0).map(({ worker }) => worker.terminate()));
    },
  };
}

/** Beside this file in source form, beside the bundle in the built one. */
function workerEntry(): URL {
  const source = import.meta.url.endsWith('.ts');
  return new URL(source ? './workerFromSource.js' : './verify-worker.js', import.meta.url);
}
