/** Transactions: the kernel's calls (spec section 3) and their signed envelope. */
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
  u64,
  union,
} from '../../consensus/interface/index.ts';
import { Installation, LinkTerms, Metadata, Price, StakeTarget } from './entities.ts';
import { CHOICES, GovContent } from './governance.ts';
import { LIMITS } from './limits.ts';

const prices = list(Price, LIMITS.functionsPerModule);
const stakeAmount = struct({ target: StakeTarget, amount: u64 });
const escrowAmount = struct({ consensus: u32, server: account, amount: u64 });
const linkPair = { parent: u32, child: u32 };

const ordinaryCalls = {
  transfer: [0, struct({ to: account, amount: u64 })],
  /** The sender's key becomes the module's. */
  registerModule: [
    1,
    struct({
      alias: text(LIMITS.alias),
      url: text(LIMITS.url),
      consensus: u32,
      prices,
      metadata: Metadata,
      maxLinks: u32,
    }),
  ],
  /** null keeps a field. Prices and binding hold from the next epoch. */
  updateModule: [
    2,
    struct({
      module: u32,
      alias: optional(text(LIMITS.alias)),
      url: optional(text(LIMITS.url)),
      consensus: optional(u32),
      prices: optional(prices),
      metadata: optional(Metadata),
      maxLinks: optional(u32),
    }),
  ],
  retireModule: [3, struct({ module: u32 })],
  /** By either side. `expires` is the last epoch in which the other side can accept. */
  proposeLink: [4, struct({ terms: LinkTerms, expires: u53 })],
  acceptLink: [5, struct({ ...linkPair, termsHash: hash })],
  dissolveLink: [6, struct(linkPair)],
  stake: [7, stakeAmount],
  unstake: [8, stakeAmount],
  withdrawStake: [9, struct({ target: StakeTarget })],
  reserve: [10, escrowAmount],
  thaw: [11, escrowAmount],
  withdraw: [12, struct({ consensus: u32, server: account })],
  call: [
    13,
    struct({ consensus: u32, method: text(LIMITS.methodName), args: bytes(LIMITS.callArgs), value: u64 }),
  ],
  /** A new consensus module, or a higher version of one; replaces one of the same id that is not in force yet. */
  installConsensus: [14, Installation],
  /** Takes back what is not in force yet. */
  cancelConsensus: [15, struct({ id: u32 })],
  /** Ties up the bond of `GovRules`. */
  propose: [16, struct({ title: text(LIMITS.title), content: GovContent })],
  /** In place of an earlier vote of the same account. */
  vote: [17, struct({ proposal: u32, choice: oneOf(CHOICES) })],
} as const;

/** Everything that an account may do on any chain. */
export const OrdinaryCall = union(ordinaryCalls);
export type OrdinaryCall = TypeOf<typeof OrdinaryCall>;

/** Test-only powers; refused unless the genesis names the sender as its dev authority. */
export const DevOperation = union({
  setBalance: [0, struct({ account, free: u64 })],
  /** New money: the faucet. */
  mint: [1, struct({ account, amount: u64 })],
  /** The next block starts a new epoch. */
  advanceEpoch: [2, struct({})],
  /** Blocks after this one are so many milliseconds later than they would be. */
  increaseTime: [3, struct({ ms: u53 })],
  /** The call of an account that did not sign it. The dev authority pays the fee, and its nonce is used. */
  impersonate: [4, struct({ account, call: OrdinaryCall })],
  /** Of the state after this block. */
  snapshot: [5, struct({ name: text(LIMITS.snapshotName) })],
  /** The state after this block is that of the snapshot. */
  revert: [6, struct({ name: text(LIMITS.snapshotName) })],
  /** A part of a dump, of which all before it are there; the first part forgets those of another dump. */
  loadPart: [7, struct({ dump: hash, index: u32, data: bytes(LIMITS.loadPart) })],
  /** The state after this block is that of the dump whose parts are there; `dump` is its checksum. */
  load: [8, struct({ dump: hash })],
  /** Forgets the parts that are there. */
  abandonLoad: [9, struct({})],
});
export type DevOperation = TypeOf<typeof DevOperation>;

export const KernelCall = union({
  ...ordinaryCalls,
  dev: [32, struct({ operation: DevOperation })],
});
export type KernelCall = TypeOf<typeof KernelCall>;
export type KernelCallKind = KernelCall['kind'];
/** The call of one kind. */
export type CallOf<Kind extends KernelCallKind> = Extract<KernelCall, { readonly kind: Kind }>;

export const Transaction = struct({
  chainId: text(LIMITS.chainId),
  sender: account,
  /** The sender's count of earlier transactions. */
  nonce: u53,
  /** Most that the sender pays for it, in base units. */
  feeLimit: u64,
  /** Last height at which it may stand in a block; null for no end. */
  expiry: optional(u53),
  call: KernelCall,
});
export type Transaction = TypeOf<typeof Transaction>;

/** `signature` covers `devnet:transaction:1:` followed by the bytes of `transaction`. */
export const SignedTransaction = struct({
  transaction: Transaction,
  signature: bytes(LIMITS.signature),
});
export type SignedTransaction = TypeOf<typeof SignedTransaction>;
