/** Everything that consensus-0 puts on the wire: the claim, its events, its queries. */
import {
  account,
  bps,
  bytes,
  type Codec,
  CodecError,
  hash,
  list,
  oneOf,
  optional,
  struct,
  type TypeOf,
  text,
  u16,
  u32,
  u53,
  u64,
} from '../interface/index.ts';
import { MAX_TEXT_BYTES } from './record.ts';

/** Most rows of one claim, and most headers of one row. */
export const MAX_ROWS = 2048;
export const MAX_RECEIPTS = 2048;
/** A scheme byte and at most 65 bytes. */
const SIGNATURE_BYTES = 66;

export const Tally = struct({ nonce: u53, count: u53, total: u64 });

/**
 * What many headers of a claim have in common, written once. `server` and `epoch` are null for the sender and the
 * claim's epoch; other values make a foreign header fail as what it is instead of as a bad signature.
 */
export const CallTerms = struct({
  fn: text(MAX_TEXT_BYTES),
  maxUsage: u64,
  server: optional(account),
  epoch: optional(u53),
});
export type CallTerms = TypeOf<typeof CallTerms>;

/** One header, and what its call cost. */
export const ClaimedCall = struct({
  /** Position in the claim's `terms`. */
  terms: u16,
  paramsHash: hash,
  /** Milliseconds after the claim's `time`. */
  time: u53,
  nonce: u53,
  tally: optional(Tally),
  signature: bytes(SIGNATURE_BYTES),
  /** null for the whole of max_usage; 0 for a header that is there only for its tally. */
  cost: optional(u64),
});
export type ClaimedCall = TypeOf<typeof ClaimedCall>;

/** What one client owes. */
export const ClaimRow = struct({
  client: account,
  /** Position in `receipts` of the header whose tally is claimed; null for none. */
  tally: optional(u16),
  /** Ascending by nonce; those that cost something lie above the tally's nonce. */
  receipts: list(ClaimedCall, MAX_RECEIPTS),
});
export type ClaimRow = TypeOf<typeof ClaimRow>;

const PlainClaim = struct({
  epoch: u53,
  /** Milliseconds; headers count from here. */
  time: u53,
  terms: list(CallTerms, MAX_RECEIPTS),
  rows: list(ClaimRow, MAX_ROWS),
});
export type Claim = TypeOf<typeof PlainClaim>;

/**
 * A server's claim for an epoch. The text of each header is rebuilt from it: version, chain, server, client and epoch
 * are known from where it stands. The server's own receipts are not carried, since the server signs the transaction.
 */
export const Claim: Codec<Claim> = {
  schema: PlainClaim.schema,
  write(writer, value) {
    requireConsistent(value);
    PlainClaim.write(writer, value);
  },
  read(reader) {
    const value = PlainClaim.read(reader);
    requireConsistent(value);
    return value;
  },
};

/** Positions point at something, and times stay integers. */
function requireConsistent({ time, terms, rows }: Claim): void {
  for (const [index, { tally, receipts }] of rows.entries()) {
    if (tally !== null && (receipts[tally]?.tally ?? null) === null)
      throw outOfRange('no tally there', index, 'tally');
    for (const [at, call] of receipts.entries()) {
      if (call.terms >= terms.length) throw outOfRange('no such terms', index, 'receipts', at, 'terms');
      if (time + call.time > Number.MAX_SAFE_INTEGER)
        throw outOfRange('later than 2^53 - 1 ms', index, 'receipts', at, 'time');
    }
  }
}

const outOfRange = (detail: string, ...path: (string | number)[]): CodecError =>
  new CodecError('OUT_OF_RANGE', detail, ['rows', ...path]);

export const ROW_STATUSES = [
  'OK',
  'BAD_SIGNATURE',
  'REPLAY',
  'WRONG_EPOCH',
  'OVER_MAX',
  'OVER_PRICE',
  'INSUFFICIENT',
  'NOT_ASCENDING',
  'WRONG_SERVER',
] as const;
export type RowStatus = (typeof ROW_STATUSES)[number];

/** When a claim is judged: one per row. `epoch` is the one in which the calls were made. */
export const RowEvent = struct({
  epoch: u53,
  server: account,
  client: account,
  calls: u53,
  amount: u64,
  status: oneOf(ROW_STATUSES),
});
export type RowEvent = TypeOf<typeof RowEvent>;

/**
 * At the close: one step of revenue. `to` is the child that a link of `from` pays, null for what `from` keeps;
 * `account` is who holds that module; `terms` is the epoch whose links decided.
 */
export const FlowEvent = struct({
  terms: u53,
  from: u32,
  to: optional(u32),
  account,
  shareBps: bps,
  amount: u64,
});
export type FlowEvent = TypeOf<typeof FlowEvent>;

/** Last event of a close that moved money. `epoch` is the one that was closed. */
export const SettledEvent = struct({ epoch: u53, pairs: u53, calls: u53, credits: u53, total: u64 });
export type SettledEvent = TypeOf<typeof SettledEvent>;

/** The money that a close moves out of reserves and to accounts is told by the chain itself. */
export const events = { row: RowEvent, flow: FlowEvent, settled: SettledEvent } as const;

/** Debts accepted from one client to one server since the last close, by the epoch in which the calls were made. */
export const Pending = list(struct({ epoch: u53, calls: u53, amount: u64 }), 1024);
export type Pending = TypeOf<typeof Pending>;

/** Sums of a close, kept while it runs and for some epochs after. */
export const Totals = struct({ pairs: u53, calls: u53, credits: u53, total: u64 });
export type Totals = TypeOf<typeof Totals>;

export const ClaimedQuery = struct({ epoch: u53, server: account, client: account });
export const PendingQuery = struct({ server: account, client: account });
export const SettlementQuery = struct({ epoch: u53 });
export const ClaimedResult = struct({ nonce: optional(u53) });
export const PendingResult = struct({ amount: u64 });
