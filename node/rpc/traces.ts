/** Traces and divergences as the JSON of the wire. */
import {
  type Answer,
  describeRow,
  type Mechanisms,
  type RowChange,
  rowValue,
  type SystemOutcome,
  type TracedRead,
} from '../../chain/index.ts';
import {
  type Codec,
  type Event,
  type Hex,
  type Ledger,
  type Op,
  toHex,
} from '../../consensus/interface/index.ts';
import type { DivergenceJson, TraceBlockJson, TraceJson, TraceStepJson } from '../client/wireTrace.ts';
import type { Divergence } from '../divergence/monitor.ts';
import type { Trace, TracedBlock, TracedStep } from '../trace/types.ts';
import { addressOf } from './addresses.ts';
import { failureJson } from './errors.ts';
import { toJson } from './json.ts';
import { eventJson, outcomeJson } from './render.ts';

export const traceJson = ({ target, blocks, replayed, ms }: Trace, mechanisms: Mechanisms): TraceJson => ({
  transaction: target.kind === 'transaction' ? target.hash : null,
  blocks: blocks.map(block => blockTraceJson(block, mechanisms)),
  replayed,
  ms,
});

function blockTraceJson(traced: TracedBlock, mechanisms: Mechanisms): TraceBlockJson {
  const { height, epoch, time, steps, outcome, closes, changes } = traced;
  return {
    height,
    epoch,
    time,
    steps: steps.map(step => stepJson(step, mechanisms)),
    outcome: outcome && outcomeJson(outcome, mechanisms),
    closes: closes.map(close => closeJson(close, mechanisms)),
    changes: changes.map(changeJson),
  };
}

const closeJson = (
  { consensus, epoch, ok, failure, done, events }: SystemOutcome,
  mechanisms: Mechanisms,
) => ({
  consensus,
  epoch,
  ok,
  ...(failure === null ? {} : { error: failureJson(failure) }),
  done,
  events: events.map(event => eventJson(event, mechanisms)),
});

function stepJson(
  { place, closing, reads, prints, answer, ms }: TracedStep,
  mechanisms: Mechanisms,
): TraceStepJson {
  const { consensus, method, sender } = place;
  const info = mechanisms.get(consensus)?.info;
  const outcome = answer.kind === 'outcome' && answer.outcome.ok ? answer.outcome : null;
  const event = ({ name, data }: Event) => eventJson({ source: consensus, name, data }, mechanisms);
  return {
    consensus,
    plugin: info === undefined ? '' : `${info.name}@${info.version}`,
    method,
    sender: sender === null ? null : addressOf(sender as Hex),
    closing,
    reads: reads.map(readJson),
    ...verdictOf(answer),
    ops: outcome?.ops.map(opJson) ?? [],
    events: outcome?.events?.map(event) ?? [],
    more: outcome?.more === true,
    prints,
    ms,
  };
}

function verdictOf(answer: Answer): Pick<TraceStepJson, 'answer' | 'reason' | 'stack'> {
  switch (answer.kind) {
    case 'outcome': {
      const { outcome } = answer;
      return outcome.ok
        ? { answer: 'ok', reason: null, stack: [] }
        : { answer: 'refused', reason: `${outcome.code}: ${outcome.message}`, stack: [] };
    }
    case 'denied':
      return { answer: 'denied', reason: `it has no capability ${answer.capability}`, stack: [] };
    case 'fault': {
      const { error } = answer;
      const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [];
      const reason = error instanceof Error ? error.message : String(error);
      return { answer: 'fault', reason, stack: stack.map(line => line.trim()) };
    }
    default:
      return { answer: answer.kind, reason: answer.reason, stack: [] };
  }
}

function readJson(traced: TracedRead): TraceStepJson['reads'][number] {
  if (traced.read === 'denied')
    return { read: traced.of, of: null, value: `no capability ${traced.capability}` };
  const { read, value, ...of } = traced;
  return { read, of: plain(of), value: plain(value) };
}

function opJson(op: Op): TraceStepJson['ops'][number] {
  switch (op.op) {
    case 'transfer':
      return { op: op.op, from: ledgerJson(op.from), to: ledgerJson(op.to), amount: String(op.amount) };
    case 'put':
      return { op: op.op, key: toHex(op.key), value: toHex(op.value) };
    case 'delete':
      return { op: op.op, key: toHex(op.key) };
    default:
      return { op: op.op, amount: String(op.amount) };
  }
}

const ledgerJson = (ledger: Ledger): unknown => plain(ledger);

/** Accounts become addresses, bytes hex, amounts decimal strings, nothing null. */
export function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return /^0x[0-9a-f]{64}$/.test(value) ? addressOf(value as Hex) : value;
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, plain(item)]),
  );
}

/** A row of the state: its table, and both values as far as they can be read. */
export function changeJson({ key, before, after }: RowChange): TraceBlockJson['changes'][number] {
  const row = describeRow(key);
  if (row === null) return { table: 'unknown', key: toHex(key), before: hexOf(before), after: hexOf(after) };
  if ('consensus' in row) {
    const own = { consensus: row.consensus, key: toHex(row.key) };
    return { table: row.table, key: own, before: hexOf(before), after: hexOf(after) };
  }
  const shown = (value: Uint8Array | null): unknown => (value === null ? null : valueJson(row.codec, value));
  return { table: row.table, key: plain(row.key), before: shown(before), after: shown(after) };
}

const hexOf = (bytes: Uint8Array | null): Hex | null => bytes && toHex(bytes);

function valueJson(codec: Codec<unknown>, bytes: Uint8Array): unknown {
  const value = rowValue(codec, bytes);
  return value === undefined ? toHex(bytes) : toJson(codec, value);
}

export const divergenceJson = ({ proposer, call, ...report }: Divergence): DivergenceJson => ({
  ...report,
  proposer: addressOf(proposer),
  call: call && { ...call, sender: call.sender === null ? null : addressOf(call.sender as Hex) },
});
