/** Questions of the kernel as jobs of a process, and its results as answers. */
import { type Answer, type Ask, actOf, type CheckedTransaction } from '../../chain/index.ts';
import type { Capability, Op } from '../../consensus/interface/index.ts';
import { PluginFailure } from './errors.ts';
import type { PlannedJob } from './session.ts';
import type { Job, JobResult } from './wire.ts';

/** What a block will ask of one consensus module, as far as its transactions tell. */
export function callsOf(transactions: readonly CheckedTransaction[], consensus: number): PlannedJob[] {
  const jobs: PlannedJob[] = [];
  let terms = 0;
  for (const { hash, transaction, verified } of transactions) {
    const { sender, call } = actOf(transaction);
    if (call.kind !== 'call' && call.kind !== 'transfer') terms++;
    if (call.kind !== 'call' || call.consensus !== consensus) continue;
    const { method, args, value } = call;
    jobs.push({ transaction: hash, terms, job: { kind: 'apply', method, sender, args, value, verified } });
  }
  return jobs;
}

/** Before all transactions. */
const BEFORE = -1;

/** Work that no transaction asks for; null for a call. */
export function ownJob({ work }: Ask): PlannedJob | null {
  if (work.kind === 'apply') return null;
  return { transaction: null, terms: BEFORE, job: jobOf(work) };
}

function jobOf(work: Exclude<Ask['work'], { readonly kind: 'apply' }>): Job {
  switch (work.kind) {
    case 'genesis':
      return { kind: 'genesis', params: work.params };
    case 'migrate':
      return { kind: 'migrate', fromStateVersion: work.fromStateVersion };
    case 'closeEpoch':
      return { kind: 'closeEpoch', closing: work.closing };
  }
}

/** `stack`: where it threw. */
export function answerOfResult(result: JobResult, stack: readonly string[] = []): Answer {
  switch (result.kind) {
    case 'ok': {
      const { ops, events, more } = result;
      const said = { ok: true, ops: ops.map(opOf), events } as const;
      return { kind: 'outcome', outcome: more ? { ...said, more } : said };
    }
    case 'refused': {
      const { code, message } = result;
      return { kind: 'outcome', outcome: { ok: false, code, message } };
    }
    case 'malformed':
    case 'badParams':
      return result;
    case 'denied':
      return { kind: 'denied', capability: result.capability as Capability };
    case 'threw':
      return { kind: 'fault', error: new PluginFailure(result.reason, stack) };
    case 'value':
      return { kind: 'fault', error: new Error('it answered a query where a call was asked') };
  }
}

function opOf({ kind, ...fields }: Extract<JobResult, { readonly kind: 'ok' }>['ops'][number]): Op {
  return { op: kind, ...fields } as Op;
}
