/**
 * A consensus module whose code runs elsewhere, asked without waiting. Arguments are read by its own codecs, as the
 * process does it: a schema says less than a codec may demand.
 */
import {
  type Account,
  type BlockInfo,
  type Capability,
  CapabilityError,
  type ConsensusModule,
  decode,
  encode,
  type Outcome,
  type View,
} from '../../consensus/interface/index.ts';
import { describe as describeModule, shellOfJson } from '../../node/plugins/describe.ts';
import { answerOfResult } from '../../node/plugins/jobs.ts';
import type { Examined, Job, JobResult, Request } from '../../node/plugins/wire.ts';

export interface Elsewhere {
  run(job: Job, block: BlockInfo | null, view: View): JobResult;
  examine(
    calls: Extract<Request, { readonly kind: 'examine' }>['calls'],
    chainId: string,
  ): readonly Examined[];
}

export function moduleOver(module: ConsensusModule, { run, examine }: Elsewhere): ConsensusModule {
  const outcome = (job: Job, block: BlockInfo | null, view: View): Outcome => {
    const answer = answerOfResult(run(job, block, view));
    if (answer.kind === 'outcome') return answer.outcome;
    if (answer.kind === 'denied') throw new CapabilityError(answer.capability as Capability);
    throw answer.kind === 'fault' ? answer.error : new Error(answer.reason);
  };
  return {
    ...shellOfJson(JSON.stringify(describeModule(module))),
    genesis: params => outcome({ kind: 'genesis', params: encode(module.params, params) }, null, NOTHING),
    calls: Object.fromEntries(
      Object.entries(module.calls).map(([name, { codec, description }]) => {
        const examined = (sender: Account, args: unknown, chainId: string) => {
          const [result] = examine([{ method: name, sender, args: encode(codec, args) }], chainId);
          if (result?.kind !== 'ok') throw new Error(result?.reason ?? 'no answer');
          return result;
        };
        return [
          name,
          {
            codec,
            description,
            weight: (args: unknown) => examined(`0x${'00'.repeat(32)}`, args, '').weight,
            checks: (call: { sender: Account; args: unknown }, block: { chainId: string }) =>
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
    ...(module.migrate === undefined
      ? {}
      : {
          migrate: (block, view, fromStateVersion) =>
            outcome({ kind: 'migrate', fromStateVersion }, block, view),
        }),
    ...(module.closeEpoch === undefined
      ? {}
      : { closeEpoch: (block, view, closing) => outcome({ kind: 'closeEpoch', closing }, block, view) }),
  };
}

const NOTHING = {} as View;
