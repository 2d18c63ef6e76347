/** The kernel's entities as they are stored (spec section 3). One codec each; types follow from the codecs. */
import {
  account,
  bool,
  bps,
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
  u64,
  union,
} from '../../consensus/interface/index.ts';
import { LIMITS } from './limits.ts';

export const Account = struct({
  nonce: u53,
  free: u64,
});
export type Account = TypeOf<typeof Account>;

export const Metadata = union({
  inline: [0, struct({ data: bytes(LIMITS.metadata) })],
  reference: [1, struct({ uri: text(LIMITS.uri), sha256: hash })],
});
export type Metadata = TypeOf<typeof Metadata>;

export const Price = struct({ fn: text(LIMITS.functionName), price: u64 });
export type Price = TypeOf<typeof Price>;

/** A value and the epoch from which it holds. Kept newest last, pruned to what claims can still ask for. */
export const PriceTable = struct({ fromEpoch: u53, prices: list(Price, LIMITS.functionsPerModule) });
export const Binding = struct({ fromEpoch: u53, consensus: u32 });

export const Module = struct({
  id: u32,
  account,
  alias: text(LIMITS.alias),
  url: text(LIMITS.url),
  bindings: list(Binding, 64),
  prices: list(PriceTable, 64),
  metadata: Metadata,
  maxLinks: u32,
  registeredEpoch: u53,
  /** Epoch from which it no longer serves; null while it does. */
  retiredEpoch: optional(u53),
});
export type Module = TypeOf<typeof Module>;

export const LINK_KINDS = ['replica', 'subnet', 'custom'] as const;

/** What both sides agree to; its hash is what the second side accepts. */
export const LinkTerms = struct({
  parent: u32,
  child: u32,
  kind: oneOf(LINK_KINDS),
  shareBps: bps,
  /** Unique per parent. */
  alias: text(LIMITS.alias),
  metadata: Metadata,
});
export type LinkTerms = TypeOf<typeof LinkTerms>;

export const LinkProposal = struct({
  terms: LinkTerms,
  /** The side that proposed; the other one accepts. */
  proposer: oneOf(['parent', 'child']),
  /** Last epoch in which it can be accepted. */
  expires: u53,
});
export type LinkProposal = TypeOf<typeof LinkProposal>;

export const Link = struct({
  terms: LinkTerms,
  /** First epoch in which the share holds. */
  fromEpoch: u53,
  /** First epoch in which it no longer holds; null while nobody dissolved it. */
  untilEpoch: optional(u53),
});
export type Link = TypeOf<typeof Link>;

export const StakeTarget = union({
  module: [0, struct({ module: u32 })],
  validator: [1, struct({ validator: account })],
});
export type StakeTarget = TypeOf<typeof StakeTarget>;

export const Thawing = struct({ amount: u64, epoch: u53 });

export const Stake = struct({
  amount: u64,
  /** Ascending by epoch; each can be withdrawn from its epoch on. */
  thawing: list(Thawing, 64),
});
export type Stake = TypeOf<typeof Stake>;

export const Reserve = struct({
  amount: u64,
  thawing: u64,
  /** 0 while nothing thaws. */
  thawEpoch: u53,
});
export type Reserve = TypeOf<typeof Reserve>;

export const ConsensusEntry = struct({
  id: u32,
  name: text(64),
  version: text(32),
  stateVersion: u32,
  codeHash: hash,
  activationEpoch: u53,
  capabilities: list(text(32), 32),
  /** Most new money it may mint in one epoch. */
  mintCap: u64,
  mintedThisEpoch: u64,
  bond: u64,
  pot: u64,
  /** Epochs whose close is not finished, oldest first. */
  closing: list(u53, 64),
});
export type ConsensusEntry = TypeOf<typeof ConsensusEntry>;

/** What the chain pins of the code of a consensus module. */
export const PinnedCode = struct({ name: text(64), version: text(32), codeHash: hash });
export type PinnedCode = TypeOf<typeof PinnedCode>;

/** What whoever brings a consensus module to the chain says of it. */
export const moduleTerms = {
  id: u32,
  name: text(64),
  version: text(32),
  stateVersion: u32,
  /** sha256 of the code. */
  codeHash: hash,
  capabilities: list(text(32), 32),
  /** Most new money it may mint in one epoch. */
  mintCap: u64,
  /** For its genesis; an upgrade has none and is told nothing. */
  params: bytes(LIMITS.consensusParams),
} as const;

/** A consensus module, or a new version of one, that is to come into force. */
export const Installation = struct({
  ...moduleTerms,
  /** First epoch in which it is in force. */
  activationEpoch: u53,
});
export type Installation = TypeOf<typeof Installation>;

export const Epoch = struct({
  number: u53,
  startHeight: u53,
  /** Milliseconds. */
  startTime: u53,
  /** Blocks. */
  length: u53,
  /** Set by dev_advanceEpoch: the next block starts a new epoch whatever the length says. */
  endsNow: bool,
});
export type Epoch = TypeOf<typeof Epoch>;

/** Of a devnet: how far blocks are ahead of the clock of whoever proposes them. */
export const DevClock = struct({ aheadMs: u53 });
export type DevClock = TypeOf<typeof DevClock>;

/** A state of a devnet to go back to: the one after the block of this height. */
export const DevSnapshot = struct({
  name: text(LIMITS.snapshotName),
  height: u53,
  /** Blocks between the first one of its epoch and this one. */
  intoEpoch: u53,
});
export type DevSnapshot = TypeOf<typeof DevSnapshot>;

/** What a row was at a snapshot; nothing where it was not there. */
export const KeptRow = struct({ value: optional(bytes(LIMITS.stateValue)) });
export type KeptRow = TypeOf<typeof KeptRow>;

export const Validator = struct({
  /** ed25519 key; also the account that earns its fees. */
  validator: account,
  /** Voting power: whole tokens staked. Above 0. */
  power: u53,
});
export type Validator = TypeOf<typeof Validator>;

/** Ascending by validator. */
export const ValidatorSet = list(Validator, LIMITS.validators);
export type ValidatorSet = TypeOf<typeof ValidatorSet>;

export const Supply = struct({
  /** Everything that exists: free, staked, thawing, reserved and in pots. */
  total: u64,
  /** Declared emission and destruction since genesis. */
  minted: u64,
  burned: u64,
});
export type Supply = TypeOf<typeof Supply>;
