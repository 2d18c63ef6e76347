/** One answer as it is after some outcomes. */
import { rowKey, rowName } from '../readName.ts';
import type { Read, ReadAnswer } from '../wire.ts';
import type { Effects } from './effects.ts';

type Rows = Extract<ReadAnswer, { readonly kind: 'rows' }>;
type Row = Rows['rows'][number];
type Scan = Extract<Read, { readonly kind: 'scan' }>;

const NOTHING = { kind: 'nothing' } as const;

/** A read and what names it. */
export interface Named {
  readonly name: string;
  readonly read: Read;
}

/**
 * The same object where nothing changed; null where the answer does not tell enough. An answer to a scan may hold the
 * first writes already.
 */
export function answerAfter(
  effects: Effects,
  { name, read }: Named,
  answer: ReadAnswer,
  writes = 0,
): ReadAnswer | null {
  if (effects.isEmpty || answer.kind === 'denied') return answer;
  switch (read.kind) {
    case 'get': {
      const written = effects.rows.get(name);
      if (written === undefined) return answer;
      return written === null ? NOTHING : { kind: 'bytes', value: written };
    }
    case 'scan':
      return answer.kind === 'rows' ? scanAfter(effects, read, answer, writes) : null;
    case 'pot':
      return answer.kind === 'amount' ? amountAfter(answer, effects.pot) : null;
    case 'balance':
      return answer.kind === 'amount' ? amountAfter(answer, effects.balances.get(read.account) ?? 0n) : null;
    case 'reserve':
      return reserveAfter(effects, read, answer);
    default:
      // Terms and stake: no outcome changes them.
      return answer;
  }
}

function amountAfter(
  answer: Extract<ReadAnswer, { readonly kind: 'amount' }>,
  change: bigint,
): ReadAnswer | null {
  const amount = answer.amount + change;
  if (change === 0n) return answer;
  return amount < 0n || amount > 0xffff_ffff_ffff_ffffn ? null : { kind: 'amount', amount };
}

function reserveAfter(
  effects: Effects,
  { client, server }: Extract<Read, { readonly kind: 'reserve' }>,
  answer: ReadAnswer,
): ReadAnswer {
  const before = answer.kind === 'reserve' ? answer : undefined;
  const after = effects.reserveAfter(client, server, before);
  if (after === before) return answer;
  return after === undefined ? NOTHING : { kind: 'reserve', ...after };
}

/**
 * Rows that were there and rows that were written, in one order. Where the answer stopped at its limit, what lies
 * behind its last row is unknown: rows written there may have unknown ones before them.
 */
function scanAfter(
  effects: Effects,
  { prefix, after, limit }: Scan,
  answer: Rows,
  writes: number,
): ReadAnswer | null {
  const isWhole = limit === null || answer.rows.length < limit;
  const end = answer.rows.at(-1);
  const horizon = isWhole || end === undefined ? null : rowName(end.key);
  const last = after === null ? null : rowName(after);
  const touched = [...effects.writtenUnder(rowName(prefix), writes)].filter(
    name => (last === null || name > last) && (horizon === null || name <= horizon),
  );
  if (touched.length === 0) return answer;
  const rows = new Map<string, Row>(answer.rows.map(row => [rowName(row.key), row]));
  for (const name of touched) {
    const value = effects.rows.get(name) ?? null;
    if (value === null) rows.delete(name);
    else rows.set(name, { key: rowKey(name), value });
  }
  if (!isWhole && rows.size < limit) return null;
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return { kind: 'rows', rows: limit === null ? sorted : sorted.slice(0, limit) };
}
