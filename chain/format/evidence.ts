/** Proof that a validator signed two different messages where it may sign one. */
import {
  account,
  bytes,
  hash,
  optional,
  struct,
  type TypeOf,
  u32,
  u53,
  union,
} from '../../consensus/interface/index.ts';
import { LIMITS } from './limits.ts';

/** What can be signed twice. Each is its own offence. */
export const OFFENCE_KINDS = ['prevote', 'precommit', 'proposal'] as const;
export type OffenceKind = (typeof OFFENCE_KINDS)[number];

/** What both messages share, written once: two messages that differ in it are no evidence, and cannot be written. */
const shared = { validator: account, height: u53, round: u32 };

/** What is left of a `VoteBody`, and its signature. */
const VoteSide = struct({ blockHash: optional(hash), signature: bytes(LIMITS.signature) });
/** What is left of a `ProposalBody`, and its signature. */
const ProposalSide = struct({
  blockHash: hash,
  validRound: optional(u32),
  signature: bytes(LIMITS.signature),
});

const twoVotes = struct({ ...shared, first: VoteSide, second: VoteSide });

/**
 * The chain id is the chain's own. `first` is below `second`: by block hash, none before any, then for proposals by
 * valid round, none before any. So two messages make one evidence, whoever found them in which order.
 */
export const Evidence = union({
  prevote: [0, twoVotes],
  precommit: [1, twoVotes],
  proposal: [2, struct({ ...shared, first: ProposalSide, second: ProposalSide })],
});
export type Evidence = TypeOf<typeof Evidence>;
