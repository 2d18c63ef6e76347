/** One job or one question about a call, run by the code of a module: the same in a process and in the metered machine. */
import { type Answer, answerTo, paramsOf } from '../../../chain/kernel/ask.ts';
import { clip } from '../../../chain/kernel/failure.ts';
import {
  type BlockInfo,
  CodecError,
  type ConsensusModule,
  decode,
  encode,
  type Op,
  type Outcome,
  type View,
} from '../../../consensus/interface/index.ts';
import { messageOf } from '../../errors.ts';
import type { Examined, Job, JobResult, Request } from '../wire.ts';
import { framesOf } from './stack.ts';

/** Longer texts are cut: the kernel keeps far less of them. */
const MAX_WORDS = 16 * 1024;

export interface Performed {
  readonly result: JobResult;
  /** Where it threw, as the engine tells. */
  readonly stack: readonly string[];
}

export function perform(module: ConsensusModule, job: Job, block: BlockInfo | null, view: View): Performed {
  if (job.kind === 'query') return query(module, job, block, view);
  const answer = answerTo(() => outcomeOf(module, job, block, view));
  return {
    result: resultOf(answer),
    stack: answer.kind === 'fault' ? framesOf(answer.error) : [],
  };
}

function outcomeOf(
  module: ConsensusModule,
  job: Exclude<Job, { readonly kind: 'query' }>,
  block: BlockInfo | null,
  view: View,
): unknown {
  if (job.kind === 'genesis') return module.genesis(paramsOf(module, job.params));
  const info = required(block);
  if (job.kind === 'migrate') return module.migrate?.(info, view, job.fromStateVersion);
  if (job.kind === 'closeEpoch') return module.closeEpoch?.(info, view, job.closing) ?? { ok: true, ops: [] };
  const method = methodOf(module, job.method);
  const { sender, value, verified } = job;
  return method.apply(info, view, { sender, args: decode(method.codec, job.args), value, verified });
}

function query(
  module: ConsensusModule,
  { name, args }: Extract<Job, { readonly kind: 'query' }>,
  block: BlockInfo | null,
  view: View,
): Performed {
  try {
    const queries = module.queries ?? {};
    const found = Object.hasOwn(queries, name) ? queries[name] : undefined;
    if (found === undefined) throw new Error(`there is no query ${name}`);
    const value = found.run(view, decode(found.codec, args), required(block));
    return { result: { kind: 'value', value: encode(found.result, value) }, stack: [] };
  } catch (error) {
    const result = { kind: 'threw', reason: words(messageOf(error)) } as const;
    return { result, stack: framesOf(error) };
  }
}

export type ExamineCall = Extract<Request, { readonly kind: 'examine' }>['calls'][number];

/** What a call weighs and which signatures it depends on, before it stands in a block. */
export function examine(
  module: ConsensusModule,
  { method: name, sender, args: encoded }: ExamineCall,
  chainId: string,
): Examined {
  try {
    const method = methodOf(module, name);
    const args: unknown = decode(method.codec, encoded);
    const weight = method.weight(args);
    if (!Number.isSafeInteger(weight) || weight < 0)
      throw new Error(`a weight of ${weight} is no whole number from 0 on`);
    const checks = method.checks?.({ sender, args }, { chainId }) ?? [];
    return {
      kind: 'ok',
      weight,
      checks: checks.map(({ account, signature, message }) => ({
        account,
        signature: signature.slice(),
        message: message.slice(),
      })),
    };
  } catch (error) {
    const reason = words(messageOf(error));
    if (error instanceof CodecError) return { kind: 'badArguments', reason };
    return { kind: 'threw', reason, stack: framesOf(error) };
  }
}

function methodOf({ calls }: ConsensusModule, name: string) {
  const found = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (found === undefined) throw new Error(`there is no method ${name}`);
  return found;
}

function required(block: BlockInfo | null): BlockInfo {
  if (block === null) throw new Error('only a genesis runs outside a block');
  return block;
}

export function resultOf(answer: Answer): JobResult {
  switch (answer.kind) {
    case 'outcome':
      return outcomeResult(answer.outcome);
    case 'malformed':
    case 'badParams':
      return { kind: answer.kind, reason: words(answer.reason) };
    case 'denied':
      return answer;
    case 'fault':
      return { kind: 'threw', reason: words(messageOf(answer.error)) };
  }
}

function outcomeResult(outcome: Outcome): JobResult {
  if (!outcome.ok) return { kind: 'refused', code: words(outcome.code), message: words(outcome.message) };
  return {
    kind: 'ok',
    ops: outcome.ops.map(opOf),
    events: (outcome.events ?? []).map(({ name, data }) => ({ name: words(name), data: data.slice() })),
    more: outcome.more === true,
  };
}

type WireOp = Extract<JobResult, { readonly kind: 'ok' }>['ops'][number];

/** Bytes are copied: the code may use its arrays again for the next job. */
function opOf(op: Op): WireOp {
  switch (op.op) {
    case 'transfer':
      return { kind: 'transfer', from: op.from, to: op.to, amount: op.amount };
    case 'put':
      return { kind: 'put', key: op.key.slice(), value: op.value.slice() };
    case 'delete':
      return { kind: 'delete', key: op.key.slice() };
    default:
      return { kind: op.op, amount: op.amount };
  }
}

const words = (text: string): string => clip(text, MAX_WORDS);
