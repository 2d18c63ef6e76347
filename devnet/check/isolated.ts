/** Whether a module says the same in a process of its own as here, call by call, as a node asks it. */
import {
  ComplianceError,
  createHost,
  outcomeText,
  type Sample,
  type Subject,
} from '../../consensus/compliance/index.ts';
import type { BlockInfo, ConsensusModule, Method, View } from '../../consensus/interface/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import { pluginOptions } from '../../node/plugins/consensus.ts';
import { PluginError } from '../../node/plugins/errors.ts';
import { answerOfResult } from '../../node/plugins/jobs.ts';
import { openPlugin, type Plugin } from '../../node/plugins/plugin.ts';
import { Session } from '../../node/plugins/session.ts';
import type { Job as PluginJob } from '../../node/plugins/wire.ts';
import { failed, ISOLATED, passed, type Row } from './protocol.ts';
import { describeDoing } from './watch.ts';

const nothing = (): void => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export interface IsolatedOptions {
  /** Milliseconds for one request. */
  readonly deadline: number;
  /** Told before each call. */
  note(call: string): void;
}

export async function checkIsolated(
  url: string,
  subject: Subject,
  { deadline, note }: IsolatedOptions,
): Promise<Row> {
  const { name, version } = subject.module.info;
  const code = { url, exportName: 'default', name, version };
  const options = pluginOptions({ consensus: 1, code, log: silent });
  let plugin: Plugin | undefined;
  try {
    plugin = await openPlugin({ ...options, attempts: 1, requestDeadline: deadline });
    for (const sample of subject.samples) {
      const difference = await compare(plugin, subject, sample, note);
      if (difference !== null) return difference;
    }
    return passed(ISOLATED);
  } catch (error) {
    // A history that breaks a rule here already, where the other checks have told how.
    if (error instanceof ComplianceError)
      return failed(ISOLATED, error.code, 'its history breaks a rule already in this process');
    if (!(error instanceof PluginError)) throw error;
    return failed(ISOLATED, error.code === 'TIMEOUT' ? 'HANG' : 'CRASH', error.message);
  } finally {
    await plugin?.close();
  }
}

/** A question that a history asks the module, before it is answered. */
interface Question {
  readonly job: PluginJob;
  readonly block: BlockInfo | null;
  readonly view: View;
}

/** Stops a history at one question: the state is as the question meets it. */
class Stop extends Error {
  readonly question: Question;
  constructor(question: Question) {
    super('stopped at a question');
    this.question = question;
  }
}

async function compare(
  plugin: Plugin,
  subject: Subject,
  sample: Sample,
  note: IsolatedOptions['note'],
): Promise<Row | null> {
  const here = play(subject.module, subject, sample);
  for (const [index, text] of here.entries()) {
    const { job, block, view } = questionAt(index, subject, sample);
    note(describeJob(job, subject.module));
    const jobs = [{ transaction: null, terms: 0, job }];
    const answer = answerOfResult(
      await new Session(plugin, { jobs, block, keeps: false }).answer(null, view),
    );
    const there =
      answer.kind === 'outcome' ? outcomeText(answer.outcome) : `${answer.kind}: ${reasonOf(answer)}`;
    if (there === text) continue;
    return failed(ISOLATED, 'NOT_DETERMINISTIC', `${sample.name}: ${text} here, ${there} there`, {
      input: [describeJob(job, subject.module)],
    });
  }
  return null;
}

function describeJob(job: PluginJob, { calls }: ConsensusModule): string {
  if (job.kind === 'genesis') return 'genesis';
  if (job.kind === 'closeEpoch') return `the close of epoch ${job.closing}`;
  if (job.kind === 'query') return `query ${job.name}`;
  if (job.kind === 'migrate') return `the migration from state version ${job.fromStateVersion}`;
  const codec = calls[job.method]?.codec;
  const args: unknown = codec === undefined ? job.args : decode(codec, job.args);
  return describeDoing({ kind: 'call', part: '', method: job.method, args, call: job });
}

function reasonOf(answer: object): string {
  if ('error' in answer) return String(answer.error);
  return 'reason' in answer ? String(answer.reason) : JSON.stringify(answer);
}

/** The texts of all outcomes. */
function play(module: ConsensusModule, { params }: Subject, { world, steps }: Sample): readonly string[] {
  const host = createHost({ module, params, world });
  for (const step of steps) {
    if (step.kind === 'epoch') host.nextEpoch();
    else host.call(step);
  }
  return host.trace;
}

/** Histories are short and run in no time, so each question gets a run of its own. */
function questionAt(index: number, subject: Subject, sample: Sample): Question {
  let before = index;
  const stop = (question: Question): void => {
    if (before-- === 0) throw new Stop(question);
  };
  try {
    play(stopping(subject.module, stop), subject, sample);
  } catch (error) {
    if (error instanceof Stop) return error.question;
    throw error;
  }
  throw new RangeError(`${sample.name} asks fewer than ${index + 1} questions`);
}

const NO_STATE = {} as View;

function stopping(module: ConsensusModule, stop: (question: Question) => void): ConsensusModule {
  const { closeEpoch } = module;
  const calls = Object.entries(module.calls).map(([name, method]: [string, Method<unknown>]) => {
    const apply: typeof method.apply = (block, view, call) => {
      const { sender, value, verified } = call;
      const args = encode(method.codec, call.args);
      stop({ job: { kind: 'apply', method: name, sender, args, value, verified }, block, view });
      return method.apply(block, view, call);
    };
    return [name, { ...method, apply }];
  });
  return {
    ...module,
    genesis(params) {
      stop({ job: { kind: 'genesis', params: encode(module.params, params) }, block: null, view: NO_STATE });
      return module.genesis(params);
    },
    calls: Object.fromEntries(calls),
    closeEpoch(block, view, closing) {
      stop({ job: { kind: 'closeEpoch', closing }, block, view });
      return closeEpoch?.(block, view, closing) ?? { ok: true, ops: [] };
    },
  };
}
