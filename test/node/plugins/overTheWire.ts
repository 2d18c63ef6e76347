/**
 * A consensus module whose every call travels as frames through the code of the process, without a process. Arguments are
 * decoded by its own codecs, as the process does: a schema says less than a codec may demand.
 */
import {
  type BlockInfo,
  type Capability,
  CapabilityError,
  type ConsensusModule,
  decode,
  encode,
  type Outcome,
  type View,
} from '../../../consensus/interface/index.ts';
import { createServer } from '../../../node/plugins/child/serve.ts';
import { describe as describeModule, shellOfJson } from '../../../node/plugins/describe.ts';
import { answerOfResult } from '../../../node/plugins/jobs.ts';
import { answerRead } from '../../../node/plugins/reads.ts';
import { type Job, type JobResult, Read, Reply, Request, type Told } from '../../../node/plugins/wire.ts';

export function overTheWire(module: ConsensusModule): ConsensusModule {
  const serve = createServer(module, () => []);
  const shell = shellOfJson(JSON.stringify(describeModule(module)));
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
    });
    next = 0;
  }

  const outcome = (job: Job, block: BlockInfo | null, view: View): Outcome => {
    const answer = answerOfResult(run(job, block, view));
    if (answer.kind === 'outcome') return answer.outcome;
    if (answer.kind === 'denied') throw new CapabilityError(answer.capability as Capability);
    throw answer.kind === 'fault' ? answer.error : new Error(answer.reason);
  };
  return {
    ...shell,
    genesis: params => outcome({ kind: 'genesis', params: encode(module.params, params) }, null, NOTHING),
    calls: Object.fromEntries(
      Object.entries(module.calls).map(([name, { codec, description }]) => {
        const examined = (sender: `0x${string}`, args: unknown, chainId: string) => {
          const calls = [{ method: name, sender, args: encode(codec, args) }];
          const reply = ask({ kind: 'examine', chainId, calls });
          const [result] = reply.kind === 'examined' ? reply.results : [];
          if (result?.kind !== 'ok') throw new Error(result?.reason ?? 'no answer');
          return result;
        };
        return [
          name,
          {
            codec,
            description,
            weight: (args: unknown) => examined(`0x${'00'.repeat(32)}`, args, '').weight,
            checks: (call: { sender: `0x${string}`; args: unknown }, block: { chainId: string }) =>
              examined(call.sender, call.args, block.chainId).checks,
            apply: (block, view, { sender, args, value, verified }) =>
              outcome(
                { kind: 'apply', method: name, sender, args: encode(codec, args), value, verified },
                block,
                view,
              ),
          },
        ];
      }),
    ),
    queries: Object.fromEntries(
      Object.entries(module.queries ?? {}).map(([name, query]) => [
        name,
        {
          ...query,
          run(view: View, args: unknown, block: BlockInfo): unknown {
            const result = run({ kind: 'query', name, args: encode(query.codec, args) }, block, view);
            if (result.kind !== 'value') throw new Error(`it answered ${result.kind}`);
            return decode(query.result, result.value);
          },
        },
      ]),
    ),
    ...(module.closeEpoch === undefined
      ? {}
      : { closeEpoch: (block, view, closing) => outcome({ kind: 'closeEpoch', closing }, block, view) }),
  };
}

/** What the state says without the value that the job brings. */
function base(view: View, read: Read, job: Job): Uint8Array {
  if (read.kind !== 'pot' || job.kind !== 'apply') return answerRead(view, read);
  return answerRead({ ...view, pot: () => view.pot() - job.value }, read);
}

const NOTHING = {} as View;
