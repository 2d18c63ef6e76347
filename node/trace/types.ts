/** What a trace tells, as values. */
import type { Answer, Ask, Outcome, RowChange, SystemOutcome, TracedRead } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';

export type TraceTarget =
  | { readonly kind: 'transaction'; readonly hash: Hex }
  /** The call that brought a receipt on chain, by the hash of the header that its client signed. */
  | { readonly kind: 'receipt'; readonly hash: Hex }
  /** The close of an epoch: of one consensus module, or of all. */
  | { readonly kind: 'epoch'; readonly epoch: number; readonly consensus?: number | undefined };

export type Replayed = Exclude<TraceTarget, { readonly kind: 'receipt' }>;

/** One question to a consensus module, what its code looked at, and what it answered. */
export interface TracedStep {
  readonly place: Ask['place'];
  readonly kind: Ask['work']['kind'];
  readonly closing: number | null;
  readonly reads: readonly TracedRead[];
  readonly prints: readonly string[];
  readonly answer: Answer;
  /** Milliseconds until the answer was there. */
  readonly ms: number;
}

export interface TracedBlock {
  readonly height: number;
  readonly epoch: number;
  /** Of the header, in milliseconds. */
  readonly time: number;
  readonly steps: readonly TracedStep[];
  /** What the block says came of it; a trace that comes to something else ends with an error. */
  readonly outcome: Outcome | null;
  readonly closes: readonly SystemOutcome[];
  /** Rows that differ with it and without it. */
  readonly changes: readonly RowChange[];
}

export interface Trace {
  /** What ran again. */
  readonly target: Replayed;
  /** One for a transaction; as many as the close took for an epoch. */
  readonly blocks: readonly TracedBlock[];
  /** Blocks that were executed again to have the state before the first of these. */
  readonly replayed: number;
  readonly ms: number;
}

/** Why there is no trace. */
export type TraceErrorCode =
  /** No block of this chain holds it. */
  | 'UNKNOWN_TRANSACTION'
  | 'UNKNOWN_RECEIPT'
  | 'EPOCH_NOT_CLOSED'
  /** The state before the block is not here and cannot be had from earlier blocks. */
  | 'STATE_PRUNED'
  /** Earlier blocks are executed first; asked again, it is further. */
  | 'TRACE_RUNNING'
  /** Another trace is under way. */
  | 'TRACE_BUSY'
  /** Executed again, the block came out otherwise. */
  | 'TRACE_DIFFERS';

export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly code: TraceErrorCode;
  readonly fields: Readonly<Record<string, number>>;
  constructor(code: TraceErrorCode, message: string, fields: Readonly<Record<string, number>> = {}) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}
