/** Runs the code of one consensus module at the node's request. */
import type { BlockInfo, ConsensusModule, Outcome } from '../../../consensus/interface/index.ts';
import type { Examined, Job, JobResult, Ran, Reply, Request, RunRequest } from '../wire.ts';
import { Effects, nameOf } from './effects.ts';
import { Memory } from './memory.ts';
import { type ExamineCall, examine, type Performed, perform } from './perform.ts';
import { type Notes, notedView } from './view.ts';

/** The code of a module, wherever it runs. */
export interface Code {
  perform(job: Job, block: BlockInfo | null, notes: Notes): Performed;
  examine(call: ExamineCall, chainId: string): Examined;
}

export const codeHere = (module: ConsensusModule): Code => ({
  perform: (job, block, { view }) => perform(module, job, block, view),
  examine: (call, chainId) => examine(module, call, chainId),
});

/** What the code printed since the last time. */
export type Prints = () => readonly string[];

interface Done {
  readonly job: Job;
  readonly outcome: Outcome | null;
}

export function createServer(code: Code, prints: Prints): (request: Request) => Reply {
  const memory = new Memory();
  let jobs: Job[] = [];
  let done: { readonly from: number; readonly jobs: Done[] } = { from: 0, jobs: [] };

  function run(request: RunRequest): Ran {
    takeOver(request.keep);
    if (request.fresh) jobs = [];
    for (const id of request.forget) memory.forget(id);
    for (const told of request.told) memory.tell(told);
    jobs.push(...request.jobs);
    const { from, count, block } = request;
    const ran: Done[] = [];
    done = { from, jobs: ran };
    const effects = new Effects();
    const batch = new Batch();
    for (const job of jobs.slice(from, from + count)) {
      effects.attach(job);
      const notes = notedView(memory, effects);
      prints();
      const { result, outcome } = code.perform(job, block, notes);
      if (notes.isStuck()) break;
      effects.add(job, notes.missed.length > 0 ? null : outcome);
      batch.add(notes, result, prints());
      if (!batch.isMissing) ran.push({ job, outcome });
    }
    return batch.finish();
  }

  function takeOver(keep: number): void {
    const kept = new Effects();
    for (const { job, outcome } of done.jobs.slice(0, Math.max(0, keep - done.from))) {
      kept.attach(job);
      kept.add(job, outcome);
    }
    done = { from: keep, jobs: [] };
    memory.fold(kept);
  }

  return request => {
    switch (request.kind) {
      case 'ping':
        return { kind: 'pong' };
      case 'examine':
        return {
          kind: 'examined',
          results: request.calls.map(call => code.examine(call, request.chainId)),
        };
      case 'run':
        return { kind: 'ran', ...run(request) };
    }
  };
}

/** The results up to the first job that missed something, and all that this and later jobs missed. */
class Batch {
  readonly #done: Ran['done'][number][] = [];
  readonly #used = new Map<number, Uint8Array>();
  readonly #missing = new Map<string, Uint8Array>();

  get isMissing(): boolean {
    return this.#missing.size > 0;
  }

  add({ reads, used, missed }: Notes, result: JobResult, prints: readonly string[]): void {
    for (const read of missed) this.#missing.set(nameOf(read), read);
    if (this.isMissing) return;
    this.#done.push({ result, reads: [...reads.values()], prints });
    for (const [id, known] of used) this.#used.set(id, known);
  }

  finish(): Ran {
    return {
      done: this.#done,
      used: Array.from(this.#used, ([id, known]) => ({ id, known })),
      missing: [...this.#missing.values()],
    };
  }
}
