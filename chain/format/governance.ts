/** Governance: what a proposal says, who votes on it, and what became of it (spec section 3). */
import {
  account,
  bps,
  hash,
  list,
  oneOf,
  optional,
  struct,
  type TypeOf,
  text,
  u32,
  u53,
  u64,
  union,
} from '../../consensus/interface/index.ts';
import { Failure } from './block.ts';
import { Installation } from './entities.ts';
import { LIMITS } from './limits.ts';

/** How proposals are judged. A proposal keeps the rules of the moment in which it was made. */
export const GovRules = struct({
  /** Base units that a proposal ties up until its result. */
  bond: u64,
  /** Votes count in the epoch of the proposal and in so many after it. */
  votingEpochs: u53,
  /** Of all stake that can vote, the share that must have voted, abstentions included. */
  quorumBps: bps,
  /** Of `yes` and `no`, the share that `yes` must exceed. */
  thresholdBps: bps,
  /** Of `yes` and `no`, the share of `no` above which the bond is lost. */
  vetoBps: bps,
});
export type GovRules = TypeOf<typeof GovRules>;

/** What a proposal can change of a chain; bounds and reasons in `kernel/governance/changes.ts`. */
export const PARAMETER_NAMES = [
  'slashBps',
  'feePerWeight',
  'maxBlockWeight',
  'maxBlockBytes',
  'bond',
  'votingEpochs',
  'quorumBps',
  'thresholdBps',
  'vetoBps',
] as const;
export type ParameterName = (typeof PARAMETER_NAMES)[number];
export const ParameterChange = struct({ name: oneOf(PARAMETER_NAMES), value: u64 });
export type ParameterChange = TypeOf<typeof ParameterChange>;

/** What is to happen when the proposal passes. */
export const GovContent = union({
  /** Nothing on the chain: an agreement about a document. */
  text: [0, struct({ uri: text(LIMITS.uri), sha256: hash })],
  installConsensus: [1, Installation],
  /** Takes back an installation that is not in force yet. */
  cancelConsensus: [2, struct({ id: u32 })],
  /** All of them or none. */
  changeParameters: [3, struct({ changes: list(ParameterChange, PARAMETER_NAMES.length) })],
});
export type GovContent = TypeOf<typeof GovContent>;

export const CHOICES = ['yes', 'no', 'abstain'] as const;
export type Choice = (typeof CHOICES)[number];

/** `failed`: it passed, and what it asked for could not be done. */
export const GOV_STATUSES = ['passed', 'rejected', 'noQuorum', 'failed'] as const;

export const GovResult = struct({
  status: oneOf(GOV_STATUSES),
  /** Of the block that computed it. */
  height: u53,
  /** Of the bond; the proposer got the rest back. */
  burned: u64,
  /** Of what is `failed`. */
  failure: optional(Failure),
});
export type GovResult = TypeOf<typeof GovResult>;

export const GovProposal = struct({
  id: u32,
  proposer: account,
  title: text(LIMITS.title),
  content: GovContent,
  /** In which it was made; the stake at its start votes. */
  epoch: u53,
  /** First epoch in which no vote counts any more; its first blocks compute the result. */
  endEpoch: u53,
  rules: GovRules,
  /** All stake that can vote, in base units. */
  electorate: u64,
  /** null while it is open. */
  result: optional(GovResult),
});
export type GovProposal = TypeOf<typeof GovProposal>;

/** Stake by choice, in base units; right after every vote, so that nobody ever has to count. */
export const GovTally = struct({ yes: u64, no: u64, abstain: u64 });
export type GovTally = TypeOf<typeof GovTally>;

/** A validator that can vote on a proposal. */
export const GovElector = struct({
  /** On it when the epoch of the proposal began, its own included. */
  stake: u64,
  /** The part of it whose stakers vote themselves. */
  apart: u64,
});
export type GovElector = TypeOf<typeof GovElector>;

export const GovVote = struct({
  choice: oneOf(CHOICES),
  /** The voter's own stake on electors other than itself. */
  stake: u64,
});
export type GovVote = TypeOf<typeof GovVote>;
