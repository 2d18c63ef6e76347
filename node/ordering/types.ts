/** The seam between agreement on the next block and everything else (ABCI-shaped, see ordering.md). */

import type { Block, Commit, Evidence, ValidatorSet } from '../../chain/index.ts';
import type { Account, Hex } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';

export interface Application {
  /** The last committed block; height 0 and the genesis hash before the first. */
  info(): { readonly height: number; readonly blockHash: Hex; readonly time: number };
  /** Who votes at a height: known for every height up to the last committed one plus one. */
  validators(height: number): ValidatorSet;
  /** A block on top of the last committed one, already executed. Rejects with {@link NoProposal} when it cannot now. */
  prepareProposal(request: ProposalRequest): Promise<Block>;
  /** Executes a proposed block on top of the last committed one. Never throws for a bad block. */
  processProposal(block: Block): Promise<ProposalVerdict>;
  /** Executes a decided block, or takes the execution from processProposal. */
  finalizeBlock(block: Block, certificate: Commit): Promise<void>;
  /** Makes the finalized block durable: one atomic, synced batch. Then tells the subscribers. */
  commit(): Promise<void>;
}

/** This node cannot propose now: what the block needs gives no answer here. Others can, and it can try again. */
export class NoProposal extends Error {
  override readonly name = 'NoProposal';
}

export interface ProposalRequest {
  readonly height: number;
  readonly round: number;
  /** Milliseconds: the proposer's clock. */
  readonly now: number;
  readonly proposer: Account;
  /** The certificate of the parent; null at height 1. */
  readonly lastCommit: Commit | null;
}

export type ProposalVerdict =
  | { readonly ok: true }
  /** `code` is a BlockError code; the vote is nil and the reason is logged. */
  | { readonly ok: false; readonly code: string; readonly reason: string };

/** When a block is made. */
export type BlockMode =
  /** As soon as there is something to put in it, and an empty one after `emptyMs`. */
  | { readonly kind: 'auto'; readonly emptyMs: number }
  | { readonly kind: 'interval'; readonly ms: number }
  /** Only up to the height that `mineUntil` named. */
  | { readonly kind: 'manual' };

export interface OrderingStatus {
  readonly height: number;
  readonly round: number;
  readonly step: string;
}

export interface OrderingEngine {
  readonly kind: 'instant' | 'tendermint';
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The pool has something to put in a block. */
  wake(): void;
  /** Makes blocks without delay up to this height. */
  mineUntil(height: number): void;
  mode(): BlockMode;
  setMode(mode: BlockMode): void;
  status(): OrderingStatus;
  /** A peer is connected: what this node has said before its first block is said again, as that one may have missed it. */
  greet(): void;
  /** A message of a peer; any bytes. */
  receive(peer: PeerId, message: Uint8Array): void;
  /**
   * Stands aside while `work` commits blocks that were decided without this node: nothing is signed or asked of the
   * application meanwhile. Then goes on with the next height. An error of `work` is fatal for the node. Rejects where
   * this engine does not run, or alone makes the blocks.
   */
  catchUp(work: () => Promise<void>): Promise<void>;
}

/** How ordering messages travel. */
export interface OrderingTransport {
  broadcast(message: Uint8Array): void;
  send(peer: PeerId, message: Uint8Array): void;
  penalise(peer: PeerId, points: number, reason: string): void;
}

/** Where a validator keeps what it signed. `save` resolves when the record is on disk (synced). */
export interface RecordStore {
  load(): Promise<Uint8Array | null>;
  save(record: Uint8Array): Promise<void>;
}

/** A validator's ed25519 key; absent on a node that only follows. */
export interface ValidatorSigner {
  readonly validator: Account;
  sign(message: Uint8Array): Uint8Array;
}

/** Whose signatures go first: without votes there is no block, and without blocks no transaction is of use. */
export type Urgency = 'votes' | 'blocks' | 'transactions';

/** Verifies in bulk off the main thread; one answer per check. What is not said to be urgent counts as a transaction. */
export interface BulkVerifier {
  verify(
    checks: readonly {
      readonly account: Account;
      readonly signature: Uint8Array;
      readonly message: Uint8Array;
    }[],
    urgency?: Urgency,
  ): Promise<readonly boolean[]>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  after(ms: number, run: () => void): () => void;
}

export interface EngineOptions {
  readonly chainId: string;
  readonly application: Application;
  readonly transport: OrderingTransport;
  readonly records: RecordStore;
  readonly signer: ValidatorSigner | null;
  readonly verifier: BulkVerifier;
  readonly clock: Clock;
  readonly mode: BlockMode;
  /** True when the pool has a transaction for the next block. */
  readonly hasWork: () => boolean;
  /** A peer is ahead of us: block sync should look. */
  readonly onBehind: (peer: PeerId, height: number) => void;
  /** A validator signed twice; both signatures are verified. */
  readonly onEvidence: (evidence: Evidence) => void;
  /** The certificate and block of an earlier height, for a peer that lags; null when not kept. */
  readonly decided: (height: number) => Promise<{ block: Block; certificate: Commit } | null>;
  /**
   * The engine has stopped and signs nothing more: the application or the record store failed, or this node's state
   * contradicts a certificate. The node must stop and say so.
   */
  readonly onFatal: (error: Error) => void;
  readonly timeouts?: Partial<Timeouts>;
  /** Whether a peer's `mineUntil` counts as ours, so that one call moves the whole cluster. Only on devnets. */
  readonly followMining?: boolean;
  readonly log: Log;
}

/** Milliseconds. The three timeouts of a round grow by `growth` with each round, up to `cap`. */
export interface Timeouts {
  readonly propose: number;
  readonly prevote: number;
  readonly precommit: number;
  readonly growth: number;
  readonly cap: number;
  /** How often own messages are sent again while a height is open. */
  readonly retransmit: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  propose: 1000,
  prevote: 1000,
  precommit: 1000,
  growth: 500,
  cap: 20_000,
  retransmit: 500,
};

export type OrderingErrorCode =
  /** Peers have blocks that this node alone should make. */
  | 'NOT_NEXT'
  /** A certificate or block that proves nothing. */
  | 'BAD_CERTIFICATE'
  | 'BAD_BLOCK'
  /** What this validator signed cannot be read, or belongs to another chain or key. */
  | 'BAD_RECORD'
  | 'NO_CERTIFICATE'
  | 'NOT_A_VALIDATOR'
  /** The engine was about to sign twice: a defect, caught by the signing function. */
  | 'DOUBLE_SIGN'
  | 'STOPPED';

export class OrderingError extends Error {
  override readonly name = 'OrderingError';
  readonly code: OrderingErrorCode;
  readonly hint: string;
  constructor(code: OrderingErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** Structured logging as pino does it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
