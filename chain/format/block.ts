/** Blocks, votes and certificates (spec section 9). */
import {
  account,
  bool,
  bytes,
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
} from '../../consensus/interface/index.ts';
import { Evidence } from './evidence.ts';
import { LIMITS } from './limits.ts';

export const BLOCK_VERSION = 2;

export const Header = struct({
  version: u16,
  chainId: text(LIMITS.chainId),
  height: u53,
  /** Milliseconds, above the parent's. */
  time: u53,
  epoch: u53,
  parentHash: hash,
  /** The validator who proposed it. */
  proposer: account,
  transactionsRoot: hash,
  evidenceRoot: hash,
  /** Of the state after this block. */
  stateRoot: hash,
  /** Of the outcomes of this block. */
  eventsRoot: hash,
  /** Of the certificate for the parent; 32 zero bytes in the first block. */
  lastCommitHash: hash,
  validatorsHash: hash,
  nextValidatorsHash: hash,
});
export type Header = TypeOf<typeof Header>;

export const VOTE_KINDS = ['prevote', 'precommit'] as const;

/** What a validator signs (domain `vote`). `blockHash` null votes for no block in this round. */
export const VoteBody = struct({
  chainId: text(LIMITS.chainId),
  kind: oneOf(VOTE_KINDS),
  height: u53,
  round: u32,
  blockHash: optional(hash),
});
export type VoteBody = TypeOf<typeof VoteBody>;

/** What a proposer signs (domain `proposal`). `validRound` null: a fresh block, else the round of its polka. */
export const ProposalBody = struct({
  chainId: text(LIMITS.chainId),
  height: u53,
  round: u32,
  validRound: optional(u32),
  blockHash: hash,
});
export type ProposalBody = TypeOf<typeof ProposalBody>;

export const CommitSignature = struct({ validator: account, signature: bytes(LIMITS.signature) });

/** Precommits of more than two thirds of the power: proof that the block is final. Ascending by validator. */
export const Commit = struct({
  height: u53,
  round: u32,
  blockHash: hash,
  signatures: list(CommitSignature, LIMITS.validators),
});
export type Commit = TypeOf<typeof Commit>;

export const Block = struct({
  header: Header,
  /** Encoded signed transactions. */
  transactions: list(bytes(LIMITS.transaction), LIMITS.blockTransactions),
  /** Ascending, see `compareEvidence`. */
  evidence: list(Evidence, LIMITS.blockEvidence),
  /** null in the first block only. */
  lastCommit: optional(Commit),
});
export type Block = TypeOf<typeof Block>;

/** Something that happened; `source` is the consensus id, null for the kernel. */
export const ChainEvent = struct({
  source: optional(u32),
  name: text(LIMITS.eventName),
  data: bytes(LIMITS.eventData),
});
export type ChainEvent = TypeOf<typeof ChainEvent>;

export const Failure = struct({ code: text(LIMITS.errorCode), message: text(LIMITS.errorMessage) });
export type Failure = TypeOf<typeof Failure>;

/** What became of one transaction. The fee is charged whether it succeeded or not. */
export const Outcome = struct({
  ok: bool,
  failure: optional(Failure),
  weight: u53,
  fee: u64,
  events: list(ChainEvent, LIMITS.eventsPerOutcome),
});
export type Outcome = TypeOf<typeof Outcome>;

/** A system transaction: one step of closing an epoch for one consensus module (spec section 5). */
export const SystemOutcome = struct({
  consensus: u32,
  /** The epoch that is being closed. */
  epoch: u53,
  ok: bool,
  failure: optional(Failure),
  /** The last step of this close. */
  done: bool,
  events: list(ChainEvent, LIMITS.eventsPerOutcome),
});
export type SystemOutcome = TypeOf<typeof SystemOutcome>;

/** Everything that the events root commits to. */
export const BlockOutcomes = struct({
  system: list(SystemOutcome, 256),
  /** Events of the kernel at the start of the block: epoch, validators. */
  events: list(ChainEvent, LIMITS.eventsPerOutcome),
  transactions: list(Outcome, LIMITS.blockTransactions),
});
export type BlockOutcomes = TypeOf<typeof BlockOutcomes>;
