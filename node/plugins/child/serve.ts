/** Runs the code of one consensus module at the node's request. */
import type { BlockInfo, ConsensusModule } from '../../../consensus/interface/index.ts';
import type { Examined, Job, JobResult, Ran, Reply, Request, RunRequest } from '../wire.ts';
import { Effects } from './effects.ts';
import type { Locate } from './locate.ts';
import { Memory } from './memory.ts';
import { type ExamineCall, examine, type Performed, perform } from './perform.ts';
import { type Notes, Reads } from './view.ts';

/** The code of a module, wherever it runs. */
export interface Code {
  perform(job: Job, block: BlockInfo | null, notes: Notes): Performed;
  examine(call: ExamineCall, chainId: string): Examined;
}

export const codeHere = (module: ConsensusModule): Code => ({
  perform: (job, block, { view }) => perform(module, job, block, view),
  examine: (call, chainId) => examine(module, call, chainId),
});

/** Reads of one batch that may go unanswered before a miss ends a job. */
const MAX_GUESSES = 65_536;

/** What the code printed since the last time. */
export type Prints = () => readonly string[];

interface Done {
  readonly job: Job;
  readonly result: JobResult;
}

/** What ran last, and may become part of the state. */
interface Batch {
  /** The number of the first of these jobs. */
  readonly from: number;
  readonly jobs: readonly Done[];
  /** Of all these jobs and of nothing else; null where others ran that count for nothing. */
  readonly effects: Effects | null;
}

export function createServer(
  code: Code,
  prints: Prints,
  locate: Locate = frames => frames,
): (request: Request) => Reply {
  const memory = new Memory();
  let jobs: Job[] = [];
  let last: Batch = { from: 0, jobs: [], effects: null };

  function run(request: RunRequest): Ran {
    takeOver(request.keep);
    if (request.fresh) jobs = [];
    for (const id of request.forget) memory.forget(id);
    for (const told of request.told) memory.tell(told);
    jobs.push(...request.jobs);
    const { from, count, block } = request;
    const ran: Done[] = [];
    const effects = new Effects();
    const reads = new Reads(memory, effects, request.careful ? 0 : MAX_GUESSES);
    const results: Ran['done'][number][] = [];
    const planned = jobs.slice(from, from + count);
    for (const job of planned) {
      effects.attach(job);
      const notes = reads.notes();
      prints();
      const { result, stack } = code.perform(job, block, notes);
      if (notes.isStuck()) break;
      effects.add(job, notes.isMissing() ? null : result);
      if (reads.missing.size > 0) continue;
      results.push({ result, reads: [...notes.reads], prints: prints(), stack: locate(stack) });
      ran.push({ job, result });
    }
    last = { from, jobs: ran, effects: ran.length === planned.length ? effects : null };
    return { done: results, answers: reads.answers, missing: [...reads.missing.values()] };
  }

  function examined(call: ExamineCall, chainId: string): Examined {
    const result = code.examine(call, chainId);
    return result.kind === 'threw' ? { ...result, stack: [...locate(result.stack)] } : result;
  }

  function takeOver(keep: number): void {
    const { from, jobs: ran, effects } = last;
    const kept = ran.slice(0, Math.max(0, keep - from));
    memory.fold(effects !== null && kept.length === ran.length ? effects : effectsOf(kept));
    last = { from: keep, jobs: [], effects: null };
  }

  return request => {
    switch (request.kind) {
      case 'ping':
        return { kind: 'pong' };
      case 'examine':
        return {
          kind: 'examined',
          results: request.calls.map(call => examined(call, request.chainId)),
        };
      case 'run':
        return { kind: 'ran', ...run(request) };
    }
  };
}

function effectsOf(jobs: readonly Done[]): Effects {
  const effects = new Effects();
  for (const { job, result } of jobs) {
    effects.attach(job);
    effects.add(job, result);
  }
  return effects;
}
