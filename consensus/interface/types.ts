/**
 * The contract between the chain and a consensus module (spec section 6).
 *
 * Three rules explain every signature here:
 * 1. Synchronous means consensus-critical: same input, same bytes out, on every node, forever.
 *    Asynchronous means local to one node.
 * 2. A consensus module never writes. It returns an outcome; the kernel checks it (capabilities,
 *    conservation, balances) and applies it whole or not at all.
 * 3. It can fail its own call or settlement, never a block.
 *
 * This folder imports nothing, so that it can be published and read alone.
 */
import type { Hex } from './bytes.ts';
import type { Codec } from './codec.ts';

export type { Hex } from './bytes.ts';

/** Version of this contract. A host refuses a module that was built for another one. */
export const INTERFACE_VERSION = 1;

/** 32-byte account id (the public key, or blake2b-256 of the compressed key for ECDSA). */
export type Account = Hex;

/** Base units; 1 token = 10^9. Fits u64. Never a float. */
export type Amount = bigint;

/**
 * What a module may see or do beyond its own storage and pot. A closed list, denied by default.
 * The first four and `communication` are the plugin host's (seed 1), for services; the others belong to this interface.
 * Their places stand in signed manifests: new ones come last.
 */
export const CAPABILITIES = [
  'read_blockchain',
  'subscribe_events',
  'governance_vote',
  'send_transactions',
  'read_balances',
  'read_reserves',
  'read_modules',
  'read_links',
  'read_stake',
  'move_reserves',
  'mint',
  'communication',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

export interface ModuleInfo {
  /** Lower-case words joined by dashes, e.g. `consensus-0`. */
  readonly name: string;
  /** Semantic version of the code. */
  readonly version: string;
  readonly interfaceVersion: typeof INTERFACE_VERSION;
  /** Version of the layout of the module's storage; `migrate` runs when it grows. */
  readonly stateVersion: number;
  readonly requires: readonly Capability[];
}

/** What a module may know of the block it runs in. `time` is the header's, in milliseconds. */
export interface BlockInfo {
  readonly chainId: string;
  /** The id under which the chain knows this module. One module's code can stand under several ids. */
  readonly consensus: number;
  readonly height: number;
  readonly epoch: number;
  readonly time: number;
  /** Epochs after the end of an epoch in which it can still be claimed. */
  readonly graceEpochs: number;
}

/** Escrow that one client holds for one server under this module's id. Both parts can be debited. */
export interface Reserve {
  readonly amount: Amount;
  /** Being withdrawn: no longer promised for new work, still claimable until `thawEpoch`. */
  readonly thawing: Amount;
  /** Epoch from which the thawing part can be withdrawn; 0 when nothing thaws. */
  readonly thawEpoch: number;
}

/** A module (an on-chain identity that serves functions) as of one epoch. */
export interface ModuleView {
  readonly id: number;
  readonly account: Account;
  readonly alias: string;
  /** The consensus module that it is bound to. */
  readonly consensus: number;
  readonly retired: boolean;
}

/** An active parent -> child relation as of one epoch. */
export interface LinkView {
  readonly parent: number;
  readonly child: number;
  readonly kind: LinkKind;
  /** The part of the parent's revenue that goes to the child, in 1/10,000. */
  readonly shareBps: number;
  readonly alias: string;
}
export type LinkKind = 'replica' | 'subnet' | 'custom';

export interface ScanOptions {
  /** Only keys that sort strictly after this one (a whole key, prefix included). */
  readonly after?: Uint8Array | undefined;
  /** At most this many rows; all of them without it. */
  readonly limit?: number | undefined;
}

/**
 * The state at this point of the block, limited to what the module's capabilities allow. A read without the
 * capability throws {@link CapabilityError}, which fails the call. Every read is plain and synchronous.
 */
export interface View {
  /** Own storage. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Own storage in ascending byte order of keys. */
  scan(prefix: Uint8Array, options?: ScanOptions): readonly (readonly [key: Uint8Array, value: Uint8Array])[];
  /** What the module itself holds. An attached value is in here while its call runs. */
  pot(): Amount;
  /** Free balance. Needs `read_balances`. */
  balance(account: Account): Amount;
  /** Needs `read_reserves`. */
  reserve(client: Account, server: Account): Reserve | undefined;
  /** A module by id or by its key, as of an epoch (default: the block's). Needs `read_modules`. */
  module(idOrAccount: number | Account, epoch?: number): ModuleView | undefined;
  /** Price of one call as of an epoch; undefined for a function without a price. Needs `read_modules`. */
  price(module: number, fn: string, epoch: number): Amount | undefined;
  /** Active links of a parent as of an epoch, ascending by child id. Needs `read_links`. */
  children(parent: number, epoch: number): readonly LinkView[];
  /** Stake on a module or validator, from the snapshot taken at the start of the epoch. Needs `read_stake`. */
  stake(target: StakeTarget): Amount;
}
export type StakeTarget =
  | { readonly kind: 'module'; readonly module: number }
  | { readonly kind: 'validator'; readonly validator: Account };

/** Where money is, as far as a module may move it. */
export type Ledger =
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'pot' }
  | { readonly kind: 'reserve'; readonly client: Account; readonly server: Account };

/** One wish. `transfer` may take from the pot and (with `move_reserves`) from reserves, never from an account. */
export type Op =
  | { readonly op: 'transfer'; readonly from: Ledger; readonly to: Ledger; readonly amount: Amount }
  | { readonly op: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly op: 'delete'; readonly key: Uint8Array }
  /** New money into the pot. Needs `mint`, capped per epoch by the registry; beyond the cap the whole outcome is refused. */
  | { readonly op: 'mint'; readonly amount: Amount }
  /** Destroys money of the pot. */
  | { readonly op: 'burn'; readonly amount: Amount };

/** Something that happened, for subscribers and indexes. `data` is encoded by the codec in `events[name]`. */
export interface Event {
  readonly name: string;
  readonly data: Uint8Array;
}

export type Outcome =
  | {
      readonly ok: true;
      readonly ops: readonly Op[];
      readonly events?: readonly Event[];
      /** Only from `closeEpoch`: call again in the next block. */
      readonly more?: boolean;
    }
  | {
      readonly ok: false;
      /** Upper-case words joined by underscores, stable across versions. */
      readonly code: string;
      /** One sentence for people. */
      readonly message: string;
    };

/** A signature that a call depends on. The node verifies it in parallel, once, cached from pool to block. */
export interface Check {
  readonly account: Account;
  /** Scheme byte followed by the signature. */
  readonly signature: Uint8Array;
  /** The exact signed bytes, domain included. */
  readonly message: Uint8Array;
}

/** Charged before a call runs; one unit is about one microsecond of work, a plain transfer is 100. */
export type Weight = number;

export interface Invocation<Args> {
  readonly sender: Account;
  readonly args: Args;
  /** Attached by the sender; moved to the pot before the call runs, given back whole if it fails. */
  readonly value: Amount;
  /** One per check, in the same order. */
  readonly verified: readonly boolean[];
}

/** Keys worth prefetching. A hint, never needed for correctness. */
export interface ReadSet {
  readonly keys: readonly Uint8Array[];
}

export interface Method<Args> {
  /** One sentence; it appears in the RPC document and in the CLI's help. */
  readonly description: string;
  readonly codec: Codec<Args>;
  weight(args: Args): Weight;
  checks?(
    call: { readonly sender: Account; readonly args: Args },
    block: { readonly chainId: string },
  ): readonly Check[];
  reads?(call: { readonly sender: Account; readonly args: Args }): ReadSet;
  /** The view is the state before the call, with the attached value in the pot; the ops are applied after it. */
  apply(block: BlockInfo, view: View, call: Invocation<Args>): Outcome;
}

export interface Query<Args, Result> {
  readonly description: string;
  readonly codec: Codec<Args>;
  readonly result: Codec<Result>;
  /** At the last block. What it throws is `QUERY_FAILED` to whoever asked: answer an optional result instead. */
  run(view: View, args: Args, block: BlockInfo): Result;
}

/** What a server kept of one paid call: the client's signed header and its own signed receipt (spec section 4). */
export interface StoredReceipt {
  /** JCS text of the header. */
  readonly header: string;
  /** Scheme byte followed by the client's signature over the header. */
  readonly headerSignature: Uint8Array;
  /** JCS text of the receipt. */
  readonly receipt: string;
  /** Scheme byte followed by the server's signature over the receipt. */
  readonly receiptSignature: Uint8Array;
}

/** What the local half of a module may use. */
export interface Local {
  readonly chainId: string;
  readonly server: Account;
  /** A prepared call must fit into this many bytes of encoded arguments. */
  readonly maxArgsBytes: number;
}

/** One call for a server to submit. */
export interface PreparedCall {
  readonly method: string;
  readonly args: Uint8Array;
  /** How many of the receipts it settles, for progress and logs. */
  readonly receipts: number;
}

/* Codecs are invariant in their type, so a table of methods with different arguments erases it. */
// biome-ignore lint/suspicious/noExplicitAny: the only place where the arguments' type is erased
type Erased = any;

export interface ConsensusModule<Params = Erased> {
  readonly info: ModuleInfo;
  /** Parameters set at genesis or installation. */
  readonly params: Codec<Params>;
  /** Sees neither block nor state: in which epoch it runs is known from the first call or close on. */
  genesis(params: Params): Outcome;
  readonly calls: { readonly [method: string]: Method<Erased> };
  /** Codec of each event's data. */
  readonly events?: { readonly [name: string]: Codec<Erased> };
  /**
   * Runs at the start of the first block after epoch `closing`, in order of consensus id; and once more in each
   * following block while it answers `more`. Calls of the new epoch may run in between. A step that fails is not tried
   * again, and an epoch that waited too long is given up: a later close makes up for what is missing, or nobody does.
   */
  closeEpoch?(block: BlockInfo, view: View, closing: number): Outcome;
  /** Local: batches a server's receipts of one epoch into calls of bounded size. */
  prepare?(local: Local, epoch: number, receipts: readonly StoredReceipt[]): Promise<readonly PreparedCall[]>;
  /** Runs once when a version with a higher state version is activated. What it needs of the parameters is in storage. */
  migrate?(block: BlockInfo, view: View, fromStateVersion: number): Outcome;
  readonly queries?: { readonly [name: string]: Query<Erased, Erased> };
}

/** The same for each copy of this file; see `CodecError`. */
const CAPABILITY_ERROR: unique symbol = Symbol.for('devnet.CapabilityError');

/** Thrown by a view on a read that the module has no capability for. */
export class CapabilityError extends Error {
  static override [Symbol.hasInstance](value: unknown): value is CapabilityError {
    return typeof value === 'object' && value !== null && CAPABILITY_ERROR in value;
  }
  override readonly name = 'CapabilityError';
  readonly capability: Capability;
  constructor(capability: Capability) {
    super(`needs the capability ${capability}`);
    this.capability = capability;
  }
  get [CAPABILITY_ERROR](): true {
    return true;
  }
}
