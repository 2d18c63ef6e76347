/**
 * Settlements as people ask for them, gathered from what blocks say: the rows that claims were judged by (events named
 * `row` of the consensus module) and the money that the close moved (events of the kernel). Nothing here knows
 * consensus-0; any module that sends rows of this shape is indexed.
 */
import {
  type BlockOutcomes,
  type ChainEvent,
  eventCodec,
  KERNEL_EVENTS,
  type Mechanisms,
} from '../chain/index.ts';
import {
  type Account,
  type Amount,
  account,
  bool,
  decode,
  list,
  struct,
  type TypeOf,
  text,
  u53,
  u64,
} from '../consensus/interface/index.ts';
import type { Settlement } from './api.ts';

/** As a block adds it. */
type SettlementRow = Omit<Settlement['rows'][number], 'height'>;

/** More than any block holds. */
const MANY = 1_000_000;

/** What one block adds to one settlement; stored by consensus id, epoch and height. */
export const SettlementPart = struct({
  /** The close ended in this block. */
  done: bool,
  debits: list(struct({ client: account, server: account, amount: u64 }), MANY),
  credits: list(struct({ account, amount: u64 }), MANY),
  rows: list(
    struct({ client: account, server: account, epoch: u53, calls: u53, amount: u64, status: text(64) }),
    MANY,
  ),
});
export type SettlementPart = TypeOf<typeof SettlementPart>;

export interface PlacedPart {
  readonly consensus: number;
  /** The epoch whose close settles it. */
  readonly epoch: number;
  readonly part: SettlementPart;
}

/** What a block of `epoch` adds: its claims to the settlement of this epoch, its closes to those of earlier ones. */
export function settlementParts(
  epoch: number,
  outcomes: BlockOutcomes,
  mechanisms: Mechanisms,
): PlacedPart[] {
  const closes = outcomes.system.map(
    ({ consensus, epoch: closing, done, events }): PlacedPart => ({
      consensus,
      epoch: closing,
      part: { done, rows: [], debits: debitsOf(events), credits: creditsOf(events) },
    }),
  );
  const rows = new Map<number, SettlementRow[]>();
  for (const { events } of outcomes.transactions)
    for (const event of events) {
      const row = rowOf(event, mechanisms);
      if (row === null || event.source === null) continue;
      const known = rows.get(event.source);
      if (known === undefined) rows.set(event.source, [row]);
      else known.push(row);
    }
  const claims = Array.from(
    rows,
    ([consensus, of]): PlacedPart => ({
      consensus,
      epoch,
      part: { done: false, rows: of, debits: [], credits: [] },
    }),
  );
  return [...closes, ...claims];
}

const debitsOf = (events: readonly ChainEvent[]): SettlementPart['debits'] =>
  events
    .filter(({ source, name }) => source === null && name === 'ReserveDebited')
    .map(({ data }) => decode(KERNEL_EVENTS.ReserveDebited, data));

const creditsOf = (events: readonly ChainEvent[]): SettlementPart['credits'] =>
  events
    .filter(({ source, name }) => source === null && name === 'PotPaid')
    .map(({ data }) => decode(KERNEL_EVENTS.PotPaid, data));

function rowOf({ source, name, data }: ChainEvent, mechanisms: Mechanisms): SettlementRow | null {
  if (source === null || name !== 'row') return null;
  const codec = eventCodec(source, name, mechanisms);
  const row = codec === undefined ? null : decode(codec, data);
  return isRow(row) ? row : null;
}

/** A module may call another thing a row; then it is not indexed. */
function isRow(row: unknown): row is SettlementRow {
  if (typeof row !== 'object' || row === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...row };
  return Object.entries(ROW_TYPES).every(([field, type]) => typeof fields[field] === type);
}

const ROW_TYPES: Readonly<Record<keyof SettlementRow, string>> = {
  client: 'string',
  server: 'string',
  epoch: 'number',
  calls: 'number',
  amount: 'bigint',
  status: 'string',
};

/** One settlement of what blocks added to it, ascending by height. */
export function mergeParts(
  consensus: number,
  epoch: number,
  added: readonly { readonly height: number; readonly part: SettlementPart }[],
): Settlement {
  const parts = added.map(({ part }) => part);
  const rows = added.flatMap(({ height, part }) => part.rows.map(row => ({ ...row, height })));
  const debits = sums(
    parts.flatMap(part => part.debits),
    ({ client, server }) => `${client}${server}`,
  );
  const credits = sums(
    parts.flatMap(part => part.credits),
    credit => credit.account,
  );
  return {
    consensus,
    epoch,
    done: parts.some(part => part.done),
    // A block of the epoch itself adds rows, one that closes it adds none.
    closedIn: added.filter(({ part }) => part.rows.length === 0).map(({ height }) => height),
    calls: rows.reduce((calls, row) => calls + row.calls, 0),
    total: debits.reduce((total: Amount, { amount }) => total + amount, 0n),
    debits: debits.map(({ client, server, amount }) => ({ client, server, amount })),
    credits: credits.map(({ account, amount }: { account: Account; amount: Amount }) => ({
      account,
      amount,
    })),
    rows,
  };
}

/** One item per key with the sum of its amounts, in order of first appearance. */
function sums<T extends { readonly amount: Amount }>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const merged = new Map<string, T>();
  for (const item of items) {
    const before = merged.get(keyOf(item));
    merged.set(keyOf(item), before === undefined ? item : { ...item, amount: before.amount + item.amount });
  }
  return [...merged.values()];
}
