/**
 * What a validator must not forget: on disk before the message that it justifies leaves the node. It is whole: a
 * restart needs nothing else, replays no inputs, and does not ask the application for a second proposal.
 */
import { Commit, LIMITS } from '../../../chain/index.ts';
import {
  account,
  bytes,
  hash,
  list,
  oneOf,
  optional,
  struct,
  type TypeOf,
  text,
  u32,
  u53,
} from '../../../consensus/interface/index.ts';
import { Proposal, Vote } from '../messages.ts';

export const STEPS = ['propose', 'prevote', 'precommit'] as const;

export const SignRecord = struct({
  chainId: text(LIMITS.chainId),
  validator: account,
  height: u53,
  round: u32,
  step: oneOf(STEPS),
  locked: optional(struct({ round: u32, blockHash: hash })),
  /** The newest polka: it names the valid value and the valid round, and proves both to others. */
  polka: optional(Commit),
  /** The last message of each kind that was signed at this height. */
  proposal: optional(Proposal),
  prevote: optional(Vote),
  precommit: optional(Vote),
  /** Why the round began, see `HeightState.roundProof`. */
  roundProof: list(Vote, LIMITS.validators),
  /** Bytes of the block of the polka and of the own proposal. */
  blocks: list(struct({ hash, bytes: bytes(LIMITS.block) }), 2),
});
export type SignRecord = TypeOf<typeof SignRecord>;

/** Longest encoded record. */
export const MAX_RECORD_BYTES = 2 * LIMITS.block + LIMITS.validators * 512 + 4096;
