/**
 * The JSON that travels between a node and its clients: parameters and results of each RPC method. The server's schemas
 * are typed against this table, so that the two sides cannot drift apart. Amounts are decimal strings of base units,
 * addresses SS58, hashes and bytes `0x` hex, times milliseconds.
 */
import type { KernelCall, Scheme } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { ClusterMethods } from './wireCluster.ts';
import type { ConsensusJson, InstallJson } from './wireConsensus.ts';
import type { BlockModeJson, DevMethods } from './wireDev.ts';
import type { GovMethods, GovNotice } from './wireGov.ts';
import type { PluginMethods, PluginNotice } from './wirePlugins.ts';
import type { TraceMethods } from './wireTrace.ts';

/** SS58, prefix 42. */
export type Address = string;
/** Base units, e.g. `"1000000000"` is one token. */
export type Decimal = string;
/** A module by id, address or alias. */
export type ModuleReference = number | string;

/** The JSON form of a value in memory. */
export type Json<T> = T extends bigint
  ? Decimal
  : T extends Uint8Array
    ? Hex
    : T extends Hex
      ? string
      : T extends readonly (infer Item)[]
        ? readonly Json<Item>[]
        : T extends object
          ? { readonly [K in keyof T]: Json<T[K]> }
          : T;

type ConsensusCall = Extract<KernelCall, { kind: 'call' }>;
/** A kernel transaction's call. The arguments of a consensus method are raw bytes or JSON after its codec. */
export type CallJson =
  | Json<Exclude<KernelCall, ConsensusCall>>
  | {
      readonly kind: 'call';
      readonly consensus: number;
      readonly method: string;
      readonly args: unknown;
      /** 0 when absent. */
      readonly value?: Decimal | undefined;
    };

export interface Wire {
  NodeInfo: {
    readonly chainId: string;
    readonly name: string;
    readonly version: string;
    readonly peerId: string;
    readonly ordering: 'instant' | 'tendermint';
    /** null on a node that only follows. */
    readonly validator: Address | null;
    readonly height: number;
    /** The first height whose block the node has. */
    readonly base: number;
    readonly epoch: number;
    readonly ready: boolean;
    readonly devnet: boolean;
    /** Code that the chain names, or will name, and this node lacks: it stops before the block that needs it. */
    readonly missingCode: readonly {
      readonly name: string;
      readonly version: string;
      readonly codeHash: Hex;
    }[];
    /** While the node fetches blocks that others decided, from a height to a height; null otherwise. */
    readonly sync: {
      readonly from: number;
      readonly height: number;
      readonly to: number;
      readonly blocksPerSecond: number;
    } | null;
  };
  Head: {
    readonly height: number;
    readonly hash: Hex;
    readonly parentHash: Hex;
    readonly time: number;
    readonly epoch: number;
    readonly proposer: Address;
    readonly stateRoot: Hex;
    /** How many. */
    readonly transactions: number;
  };
  Header: {
    readonly version: number;
    readonly chainId: string;
    readonly height: number;
    readonly time: number;
    readonly epoch: number;
    readonly parentHash: Hex;
    readonly proposer: Address;
    readonly transactionsRoot: Hex;
    readonly evidenceRoot: Hex;
    readonly stateRoot: Hex;
    readonly eventsRoot: Hex;
    readonly lastCommitHash: Hex;
    readonly validatorsHash: Hex;
    readonly nextValidatorsHash: Hex;
  };
  Commit: {
    readonly height: number;
    readonly round: number;
    readonly blockHash: Hex;
    readonly signatures: readonly { readonly validator: Address; readonly signature: Hex }[];
  };
  Event: {
    /** Consensus id; null for the kernel. */
    readonly source: number | null;
    readonly name: string;
    /** JSON after the event's codec; `0x` hex if the node does not know the codec. */
    readonly data: unknown;
  };
  Failure: { readonly name: string; readonly message: string; readonly hint: string };
  BlockEvent: Wire['Event'] & {
    /** Index of the transaction that caused it; null for the block itself. */
    readonly transaction: number | null;
  };
  BlockTransaction: {
    readonly hash: Hex;
    readonly index: number;
    readonly from: Address;
    readonly nonce: number;
    readonly feeLimit: Decimal;
    readonly expiry: number | null;
    readonly call: CallJson;
    readonly signature: Hex;
    readonly ok: boolean;
    readonly error?: Wire['Failure'] | undefined;
    readonly weight: number;
    readonly fee: Decimal;
  };
  Block: {
    readonly hash: Hex;
    readonly header: Wire['Header'];
    readonly transactions: readonly Wire['BlockTransaction'][];
    /** Double-signings that this block punished. */
    readonly evidence: readonly Wire['Evidence'][];
    readonly events: readonly Wire['BlockEvent'][];
    readonly commit: Wire['Commit'];
  };
  Offence: {
    readonly kind: 'prevote' | 'precommit' | 'proposal';
    readonly height: number;
    readonly round: number;
  };
  /** Of the two messages only what differs, and the signatures. */
  Evidence: Wire['Offence'] & {
    readonly validator: Address;
    readonly first: Wire['SignedSide'];
    readonly second: Wire['SignedSide'];
  };
  SignedSide: {
    readonly blockHash: Hex | null;
    /** Of proposals only. */
    readonly validRound?: number | null | undefined;
    readonly signature: Hex;
  };
  Unsigned: {
    readonly chainId: string;
    readonly from: Address;
    readonly nonce: number;
    readonly feeLimit: Decimal;
    readonly expiry: number | null;
    readonly call: CallJson;
    /** Canonical bytes of the transaction. */
    readonly unsigned: Hex;
    /** The bytes to sign: the domain, then `unsigned`. */
    readonly message: Hex;
  };
  Outcome: {
    readonly ok: boolean;
    readonly error?: Wire['Failure'] | undefined;
    readonly weight: number;
    readonly fee: Decimal;
    readonly events: readonly Wire['Event'][];
  };
  Sent: Pick<Wire['BlockTransaction'], 'from' | 'nonce' | 'feeLimit' | 'expiry' | 'call'>;
  Final: Wire['Outcome'] & { readonly hash: Hex; readonly height: number; readonly index: number };
  TransactionStatus:
    | { readonly status: 'pending'; readonly hash: Hex; readonly transaction: Wire['Sent'] }
    /** `from`: the first height whose transactions the node knows, where that is not the first of all. */
    | { readonly status: 'unknown'; readonly hash: Hex; readonly from?: number | undefined }
    | { readonly status: 'dropped'; readonly hash: Hex; readonly error: Wire['Failure'] }
    /** The block of height `by` took its block back; it cannot be included again. */
    | {
        readonly status: 'reverted';
        readonly hash: Hex;
        readonly height: number;
        readonly index: number;
        readonly by: number;
      }
    | ({ readonly status: 'final' } & Wire['Final']);
  Account: {
    readonly address: Address;
    /** Committed. */
    readonly nonce: number;
    /** Counting what waits in the pool. */
    readonly nextNonce: number;
    readonly free: Decimal;
    readonly staked: Decimal;
    readonly thawing: Decimal;
    /** Escrow held as a client, thawing parts included. */
    readonly reserved: Decimal;
  };
  /** `V` is the JSON form of the proved value. */
  Proof: {
    /** Key and value in the state tree; a null value proves absence. */
    readonly key: Hex;
    readonly value: Hex | null;
    readonly decoded: unknown;
    /** Canonical bytes of the path in the state tree. */
    readonly proof: Hex;
    readonly header: Wire['Header'];
    readonly commit: Wire['Commit'];
    /** Who voted on the header: its `validatorsHash` commits to them. */
    readonly validators: readonly { readonly validator: Address; readonly power: number }[];
  };
  Metadata:
    | { readonly kind: 'inline'; readonly data: Hex }
    | { readonly kind: 'reference'; readonly uri: string; readonly sha256: string };
  Module: {
    readonly id: number;
    readonly address: Address;
    readonly alias: string;
    readonly url: string;
    readonly consensus: number;
    /** As of the current epoch. */
    readonly prices: readonly { readonly fn: string; readonly price: Decimal }[];
    /** What holds from a later epoch; null without a change under way. */
    readonly pending: {
      readonly fromEpoch: number;
      readonly consensus: number;
      readonly prices: readonly { readonly fn: string; readonly price: Decimal }[];
    } | null;
    /** Which consensus module settles the calls of an epoch: from `fromEpoch` on, as far back as calls can be claimed. */
    readonly bindings: readonly { readonly fromEpoch: number; readonly consensus: number }[];
    readonly metadata: Wire['Metadata'];
    readonly maxLinks: number;
    readonly registeredEpoch: number;
    readonly retiredEpoch: number | null;
  };
  Link: {
    readonly parent: number;
    readonly child: number;
    readonly kind: 'replica' | 'subnet' | 'custom';
    readonly shareBps: number;
    readonly alias: string;
    readonly metadata: Wire['Metadata'];
    /** `accepted`: agreed, holds from `fromEpoch` on. */
    readonly status: 'proposed' | 'accepted' | 'active' | 'dissolved';
    /** null while it is only proposed. */
    readonly fromEpoch: number | null;
    readonly untilEpoch: number | null;
    /** Hash of the terms, which the other side accepts. */
    readonly termsHash: Hex;
    /** Only of a proposal: who made it, and the last epoch in which it can be accepted. */
    readonly proposal?: { readonly proposer: 'parent' | 'child'; readonly expires: number } | undefined;
  };
  LinkTree: {
    readonly module: number;
    readonly address: Address;
    readonly alias: string;
    /** null at the root. */
    readonly kind: 'replica' | 'subnet' | 'custom' | null;
    readonly shareBps: number | null;
    readonly children: readonly Wire['LinkTree'][];
  };
  Stakes: {
    readonly address: Address;
    readonly staked: Decimal;
    readonly thawing: Decimal;
    readonly stakes: readonly {
      readonly target:
        | { readonly kind: 'module'; readonly module: number }
        | { readonly kind: 'validator'; readonly validator: Address };
      readonly amount: Decimal;
      readonly thawing: readonly { readonly amount: Decimal; readonly epoch: number }[];
    }[];
  };
  Validator: {
    readonly validator: Address;
    /** Votes: whole tokens staked. */
    readonly power: number;
  };
  Voter: Wire['Validator'] & {
    /** For which it lost stake in the last epochs. */
    readonly offences: readonly Wire['Offence'][];
  };
  Escrow: {
    readonly client: Address;
    readonly server: Address;
    readonly consensus: number;
    readonly amount: Decimal;
    readonly thawing: Decimal;
    /** 0 while nothing thaws. */
    readonly thawEpoch: number;
  };
  Epoch: {
    readonly epoch: number;
    readonly startHeight: number;
    /** null while it runs. */
    readonly endHeight: number | null;
    readonly startTime: number;
    readonly graceEpochs: number;
    /** Blocks per epoch. */
    readonly length: number;
  };
  Consensus: ConsensusJson;
  Settlement: {
    readonly consensus: number;
    readonly epoch: number;
    /** False while the close goes on over further blocks. */
    readonly done: boolean;
    /** Heights of the blocks in which the close was worked on, ascending. */
    readonly closedIn: readonly number[];
    readonly calls: number;
    readonly total: Decimal;
    readonly debits: readonly {
      readonly client: Address;
      readonly server: Address;
      readonly amount: Decimal;
    }[];
    readonly credits: readonly { readonly account: Address; readonly amount: Decimal }[];
    readonly rows: readonly {
      readonly client: Address;
      readonly server: Address;
      /** The epoch of the calls. */
      readonly epoch: number;
      readonly calls: number;
      readonly amount: Decimal;
      readonly status: string;
      /** Of the block with the claim. */
      readonly height: number;
    }[];
  };
  Peer: {
    readonly id: string;
    readonly address: string;
    readonly direction: 'inbound' | 'outbound';
    readonly latency: number | null;
    readonly score: number;
    readonly droppedSlow: number;
    readonly droppedOverRate: number;
  };
  Ban: {
    readonly id: string;
    readonly reason: string;
    readonly until: number;
  };
  EpochNotice:
    | {
        readonly kind: 'epoch';
        readonly epoch: number;
        readonly startHeight: number;
        readonly startTime: number;
      }
    | {
        readonly kind: 'settlement';
        readonly consensus: number;
        readonly epoch: number;
        readonly height: number;
        readonly ok: boolean;
      };
  BlockMode: BlockModeJson;
}

interface Nothing {
  readonly [name: string]: never;
}
interface LinkOf {
  readonly parent: ModuleReference;
  readonly child: ModuleReference;
}
interface EscrowOf {
  readonly client: Address;
  readonly server: Address;
  /** 0 when absent. */
  readonly consensus?: number | undefined;
}
interface ModuleOf {
  readonly module: ModuleReference;
}
/** A signed transaction: its canonical bytes, or what `tx_build` answered with the signature made elsewhere. */
export type SignedJson = string | { readonly unsigned: string; readonly signature: string };
interface Unsubscribe {
  readonly subscription: string;
}

/** Each method's named parameters, in the order in which they may be given by position, and its result. */
export interface Methods extends ClusterMethods, DevMethods, GovMethods, PluginMethods, TraceMethods {
  node_info: { params: Nothing; result: Wire['NodeInfo'] };
  chain_head: { params: Nothing; result: Wire['Head'] };
  chain_getBlock: { params: { readonly block: number | string }; result: Wire['Block'] };
  tx_build: {
    params: {
      readonly from: Address;
      readonly call: CallJson;
      readonly nonce?: number | undefined;
      readonly feeLimit?: Decimal | undefined;
      readonly expiry?: number | null | undefined;
      /** Of the key that will sign; sr25519 when absent. */
      readonly scheme?: Scheme | undefined;
    };
    result: Wire['Unsigned'];
  };
  tx_submit: { params: { readonly tx: SignedJson }; result: { readonly hash: Hex } };
  tx_submitAndWait: {
    params: { readonly tx: SignedJson; readonly timeout?: number | undefined };
    result: Wire['Final'];
  };
  tx_wait: {
    params: { readonly hash: string; readonly timeout?: number | undefined };
    result: Wire['Final'];
  };
  tx_get: { params: { readonly hash: string }; result: Wire['TransactionStatus'] };
  tx_simulate: { params: { readonly tx: SignedJson }; result: Wire['Outcome'] };
  account_get: { params: { readonly address: Address }; result: Wire['Account'] };
  account_proof: { params: { readonly address: Address }; result: Wire['Proof'] };
  module_get: { params: ModuleOf; result: Wire['Module'] };
  module_list: {
    params: { readonly after?: number | undefined; readonly limit?: number | undefined };
    result: readonly Wire['Module'][];
  };
  link_get: { params: LinkOf; result: Wire['Link'] };
  link_children: { params: ModuleOf; result: readonly Wire['Link'][] };
  link_parents: { params: ModuleOf; result: readonly Wire['Link'][] };
  link_proposals: { params: ModuleOf; result: readonly Wire['Link'][] };
  link_tree: { params: ModuleOf & { readonly depth?: number | undefined }; result: Wire['LinkTree'] };
  link_proof: { params: LinkOf; result: Wire['Proof'] };
  stake_get: { params: { readonly address: Address }; result: Wire['Stakes'] };
  stake_validators: { params: Nothing; result: readonly Wire['Voter'][] };
  escrow_get: { params: EscrowOf; result: Wire['Escrow'] };
  escrow_list: {
    params: {
      readonly client?: Address | undefined;
      readonly server?: Address | undefined;
      readonly consensus?: number | undefined;
    };
    result: readonly Wire['Escrow'][];
  };
  escrow_proof: { params: EscrowOf; result: Wire['Proof'] };
  epoch_current: { params: Nothing; result: Wire['Epoch'] };
  epoch_get: { params: { readonly epoch?: number | undefined }; result: Wire['Epoch'] };
  consensus_list: { params: Nothing; result: readonly Wire['Consensus'][] };
  consensus_query: {
    params: { readonly id: number; readonly query: string; readonly args?: unknown };
    result: unknown;
  };
  consensus_proof: { params: { readonly id: number; readonly key: Hex }; result: Wire['Proof'] };
  consensus_settlement: {
    params: { readonly id: number; readonly epoch: number };
    result: Wire['Settlement'];
  };
  net_peers: { params: Nothing; result: readonly Wire['Peer'][] };
  net_bans: { params: Nothing; result: readonly Wire['Ban'][] };
  chain_subscribe: { params: { readonly topic?: 'heads' | undefined }; result: string };
  chain_unsubscribe: { params: Unsubscribe; result: boolean };
  tx_subscribe: {
    params: {
      readonly topic?: 'final' | undefined;
      readonly filter?:
        | {
            readonly account?: Address | undefined;
            readonly modules?: readonly number[] | undefined;
            readonly hash?: string | undefined;
          }
        | undefined;
    };
    result: string;
  };
  tx_unsubscribe: { params: Unsubscribe; result: boolean };
  epoch_subscribe: { params: { readonly topic?: 'epochs' | undefined }; result: string };
  epoch_unsubscribe: { params: Unsubscribe; result: boolean };
  'rpc.discover': { params: Nothing; result: object };
  rpc_methods: { params: Nothing; result: readonly string[] };
  dev_setBalance: { params: { readonly address: Address; readonly free: Decimal }; result: null };
  dev_mint: { params: { readonly address: Address; readonly amount: Decimal }; result: null };
  dev_impersonate: { params: { readonly from: Address; readonly call: CallJson }; result: Wire['Final'] };
  dev_installConsensus: { params: InstallJson; result: { readonly id: number; readonly activeFrom: number } };
  dev_cancelConsensus: { params: { readonly id: number }; result: null };
  dev_setBlockMode: { params: { readonly mode: Wire['BlockMode'] }; result: null };
}
export type MethodName = keyof Methods;

/** What each subscription's notifications carry. */
export interface Notices {
  chain: Wire['Head'];
  tx: Wire['Final'] & { readonly from: Address; readonly kind: string };
  epoch: Wire['EpochNotice'];
  plugin: PluginNotice;
  gov: GovNotice;
}
export type Topic = keyof Notices;
