/** A consensus module whose every call travels as frames through the code of the process, without a process. */
import {
  type BlockInfo,
  type ConsensusModule,
  decode,
  encode,
  type View,
} from '../../../consensus/interface/index.ts';
import { type Code, codeHere, createServer } from '../../../node/plugins/child/serve.ts';
import { answerRead } from '../../../node/plugins/reads.ts';
import { type Job, type JobResult, Read, Reply, Request, type Told } from '../../../node/plugins/wire.ts';
import { moduleOver } from '../../support/moduleOver.ts';

export function overTheWire(module: ConsensusModule, code: Code = codeHere(module)): ConsensusModule {
  const serve = createServer(code, () => []);
  const ask = (request: Request): Reply =>
    decode(Reply, encode(Reply, serve(decode(Request, encode(Request, request)))));

  /** As a session does it, one job at a time, and telling everything anew each time. */
  function run(job: Job, block: BlockInfo | null, view: View): JobResult {
    const told: Told[] = [];
    for (let fresh = true; ; fresh = false) {
      const reply = ask({
        kind: 'run',
        keep: 0,
        fresh,
        block,
        told: told.splice(0),
        forget: [],
        jobs: fresh ? [job] : [],
        from: 0,
        count: 1,
        careful: false,
      });
      if (reply.kind !== 'ran') throw new Error(`it answered ${reply.kind}`);
      const { missing, done } = reply;
      const [found] = done;
      if (missing.length === 0 && found !== undefined) {
        forget();
        return found.result;
      }
      for (const read of missing)
        told.push({ id: next++, read, answer: base(view, decode(Read, read), job) });
    }
  }
  let next = 0;
  /** The next job starts with an empty memory: its state is another one. */
  function forget(): void {
    const all = Array.from({ length: next }, (_, id) => id);
    ask({
      kind: 'run',
      keep: 0,
      fresh: true,
      block: null,
      told: [],
      forget: all,
      jobs: [],
      from: 0,
      count: 0,
      careful: false,
    });
    next = 0;
  }

  return moduleOver(module, {
    run,
    examine(calls, chainId) {
      const reply = ask({ kind: 'examine', chainId, calls });
      if (reply.kind !== 'examined') throw new Error(`it answered ${reply.kind}`);
      return reply.results;
    },
  });
}

/** What the state says without the value that the job brings. */
function base(view: View, read: Read, job: Job): Uint8Array {
  if (read.kind !== 'pot' || job.kind !== 'apply') return answerRead(view, read);
  return answerRead({ ...view, pot: () => view.pot() - job.value }, read);
}
