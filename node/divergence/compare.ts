/** Where two answers to one question differ first. */
import { type Hex, toHex } from '../../consensus/interface/index.ts';
import type { JobResult } from '../plugins/wire.ts';
import type { BlockDigest } from './messages.ts';

/** One of both sides: bytes as hex, what else there is in words; null for nothing. */
export interface Difference {
  readonly what: 'key' | 'op' | 'event' | 'answer' | 'charge';
  /** In the module's own storage; null where something else differs. */
  readonly key: Hex | null;
  readonly own: string | null;
  readonly other: string | null;
}

type Ok = Extract<JobResult, { readonly kind: 'ok' }>;
type Op = Ok['ops'][number];

/** null where they are the same. */
export function differenceOf(own: JobResult, other: JobResult): Difference | null {
  if (own.kind !== 'ok' || other.kind !== 'ok') {
    const words = { own: wordsOf(own), other: wordsOf(other) };
    return words.own === words.other ? null : { what: 'answer', key: null, ...words };
  }
  return opDifference(own.ops, other.ops) ?? eventDifference(own, other) ?? moreDifference(own, other);
}

/** The first place at which two lists part; null where they are equal. */
export function firstDifferent(own: readonly string[], other: readonly string[]): number | null {
  const length = Math.max(own.length, other.length);
  for (let at = 0; at < length; at++) if (own[at] !== other[at]) return at;
  return null;
}

/** Whether both sides got the same, as far as both got. */
export const isSameDigest = (a: BlockDigest, b: BlockDigest): boolean =>
  a.stateRoot === b.stateRoot &&
  firstDifferent(a.answers, b.answers) === null &&
  firstDifferent(a.outcomes, b.outcomes) === null;

/** A row that was written otherwise comes before all else: of those the one that is written first. */
function opDifference(own: readonly Op[], other: readonly Op[]): Difference | null {
  const at = firstDifferent(own.map(wordsOfOp), other.map(wordsOfOp));
  if (at === null) return null;
  const [mine, theirs] = [writesOf(own), writesOf(other)];
  const length = Math.max(own.length, other.length);
  for (let index = at; index < length; index++)
    for (const op of [own[index], other[index]]) {
      if (op === undefined || (op.kind !== 'put' && op.kind !== 'delete')) continue;
      const key = toHex(op.key);
      const values = { own: mine.get(key) ?? null, other: theirs.get(key) ?? null };
      if (values.own !== values.other) return { what: 'key', key, ...values };
    }
  const words = (op: Op | undefined): string | null => (op === undefined ? null : wordsOfOp(op));
  return { what: 'op', key: null, own: words(own[at]), other: words(other[at]) };
}

const DELETED = 'deleted';

/** What the ops leave behind, by key. */
function writesOf(ops: readonly Op[]): ReadonlyMap<Hex, string> {
  const writes = new Map<Hex, string>();
  for (const op of ops) {
    if (op.kind === 'put') writes.set(toHex(op.key), toHex(op.value));
    else if (op.kind === 'delete') writes.set(toHex(op.key), DELETED);
  }
  return writes;
}

function wordsOfOp(op: Op): string {
  switch (op.kind) {
    case 'put':
      return `put ${toHex(op.key)} = ${toHex(op.value)}`;
    case 'delete':
      return `delete ${toHex(op.key)}`;
    case 'transfer':
      return `transfer ${op.amount} from ${ledgerWords(op.from)} to ${ledgerWords(op.to)}`;
    default:
      return `${op.kind} ${op.amount}`;
  }
}

function ledgerWords(ledger: Extract<Op, { readonly kind: 'transfer' }>['from']): string {
  if (ledger.kind === 'pot') return 'the pot';
  if (ledger.kind === 'account') return `account ${ledger.account}`;
  return `the reserve of ${ledger.client} for ${ledger.server}`;
}

function eventDifference({ events: own }: Ok, { events: other }: Ok): Difference | null {
  const words = (event: Ok['events'][number] | undefined): string | null =>
    event === undefined ? null : `${event.name} ${toHex(event.data)}`;
  const length = Math.max(own.length, other.length);
  for (let at = 0; at < length; at++) {
    const sides = { own: words(own[at]), other: words(other[at]) };
    if (sides.own !== sides.other) return { what: 'event', key: null, ...sides };
  }
  return null;
}

const moreDifference = (own: Ok, other: Ok): Difference | null =>
  own.more === other.more
    ? null
    : { what: 'answer', key: null, own: `more: ${own.more}`, other: `more: ${other.more}` };

function wordsOf(result: JobResult): string {
  switch (result.kind) {
    case 'ok':
      return `ok with ${result.ops.length} ops and ${result.events.length} events`;
    case 'refused':
      return `${result.code}: ${result.message}`;
    case 'malformed':
      return `no outcome: ${result.reason}`;
    case 'denied':
      return `no capability ${result.capability}`;
    case 'badParams':
      return `bad parameters: ${result.reason}`;
    case 'threw':
      return `it threw: ${result.reason}`;
    case 'value':
      return `the value ${toHex(result.value)}`;
  }
}
