/** What validators say to each other, and the bytes that they sign. One size limit per field, one codec per message. */

import { Commit, LIMITS, VOTE_KINDS } from '../../chain/index.ts';
import {
  account,
  bytes,
  decode,
  encode,
  hash,
  oneOf,
  optional,
  struct,
  type TypeOf,
  u32,
  u53,
  union,
} from '../../consensus/interface/index.ts';

export const Proposal = struct({
  height: u53,
  round: u32,
  validRound: optional(u32),
  blockHash: hash,
  proposer: account,
  signature: bytes(LIMITS.signature),
});
export type Proposal = TypeOf<typeof Proposal>;

export const Vote = struct({
  kind: oneOf(VOTE_KINDS),
  height: u53,
  round: u32,
  blockHash: optional(hash),
  validator: account,
  signature: bytes(LIMITS.signature),
});
export type Vote = TypeOf<typeof Vote>;

/** A certificate with the block that it is about, as the canonical bytes of `Block`. */
const Certified = struct({ certificate: Commit, block: bytes(LIMITS.block) });

export const OrderingMessage = union({
  /** `polka`: prevotes for this block in `proposal.validRound`. */
  proposal: [0, struct({ proposal: Proposal, polka: optional(Commit), block: bytes(LIMITS.block) })],
  vote: [1, struct({ vote: Vote })],
  /** Prevotes of more than two thirds of the power, for who missed them. */
  polka: [2, Certified],
  /** Precommits of more than two thirds of the power: for a peer that is still at this height. */
  commit: [3, Certified],
  /**
   * A sign of life: the height and round that the sender works on (round null: it waits for something to do), and
   * the height up to which it was told to make blocks without delay.
   */
  status: [4, struct({ height: u53, round: optional(u32), mineUntil: u53 })],
});
export type OrderingMessage = TypeOf<typeof OrderingMessage>;
/** What is about one height. */
export type HeightMessage = Exclude<OrderingMessage, { kind: 'status' }>;

/** Longest message: a full block, two certificates' worth of signatures, and room for the small fields. */
export const MAX_MESSAGE_BYTES = LIMITS.block + LIMITS.validators * 128 + 1024;

export const encodeMessage = (message: OrderingMessage): Uint8Array => encode(OrderingMessage, message);

/** Throws CodecError for anything that `encodeMessage` would not have made. */
export const decodeMessage = (raw: Uint8Array): OrderingMessage =>
  decode(OrderingMessage, raw, MAX_MESSAGE_BYTES);
