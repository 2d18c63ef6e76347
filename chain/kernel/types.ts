/** What goes into executing a block and what comes out. Everything that needed I/O comes in as an argument. */
import type { Account, Check, ConsensusModule, Hex } from '../../consensus/interface/index.ts';
import type { BlockOutcomes } from '../format/block.ts';
import type { PinnedCode, ValidatorSet } from '../format/entities.ts';
import type { Evidence } from '../format/evidence.ts';
import type { Transaction } from '../format/transaction.ts';
import type { Change, State } from '../state/state.ts';

/** The consensus modules that are in force, by their id on chain. */
export type Mechanisms = ReadonlyMap<number, ConsensusModule>;

/**
 * The code that a node has: two versions of one id when an upgrade is near. A map by id serves where no id has two; its
 * name and version are compared with what the chain pins in any case.
 */
export interface Code {
  get(id: number, pinned: PinnedCode): ConsensusModule | undefined;
}

/** The signatures that a transaction depends on: its own, and those that its consensus call asks for. */
export interface TransactionChecks {
  readonly own: Check;
  readonly call: readonly Check[];
  /** See {@link CheckedTransaction.code}. */
  readonly code?: string;
  /** See {@link CheckedTransaction.weight}. */
  readonly weight?: number;
}

/** A decoded transaction with the facts that verification established. */
export interface CheckedTransaction {
  readonly hash: Hex;
  /** Bytes of the encoded signed transaction. */
  readonly encoded: Uint8Array;
  readonly transaction: Transaction;
  /** Scheme byte of its own signature; 0 without a signature. */
  readonly scheme: number;
  /** Whether its own signature is right. */
  readonly authentic: boolean;
  /** One per check of its consensus call. */
  readonly verified: readonly boolean[];
  /** `name@version` of the code that was asked about a call: another one may ask for other checks, and weigh otherwise. */
  readonly code?: string;
  /** Of a call of a module that runs in a process of its own; a module in this process is asked when it is needed. */
  readonly weight?: number;
}

/** Evidence with the fact that verification established. */
export interface CheckedEvidence {
  readonly evidence: Evidence;
  /** Whether both signatures are the accused validator's. */
  readonly verified: boolean;
}

export interface BlockInput {
  readonly height: number;
  /** Milliseconds. */
  readonly time: number;
  readonly proposer: Account;
  readonly evidence: readonly CheckedEvidence[];
  readonly transactions: readonly CheckedTransaction[];
}

export interface Execution {
  readonly state: State;
  /** What the block changed, each key once, ascending: the rows to store. */
  readonly changes: readonly Change[];
  readonly outcomes: BlockOutcomes;
  readonly epoch: number;
  /** Who votes on this block, and who votes on the next one. */
  readonly validators: ValidatorSet;
  readonly nextValidators: ValidatorSet;
}
