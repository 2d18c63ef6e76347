/** What RPC sees of a node. Reads are of committed state; nothing here blocks the node. */
import type {
  Block,
  BlockOutcomes,
  Commit,
  Epoch,
  Genesis,
  Header,
  Installation,
  Mechanisms,
  OrdinaryCall,
  Outcome,
  PinnedCode,
  State,
  Transaction,
} from '../chain/index.ts';
import type { Account, Amount, ConsensusModule, Hex } from '../consensus/interface/index.ts';
import type { FaultReport, FaultRules, PeerReport, Refusal } from '../p2p/network.ts';
import type { Divergence } from './divergence/monitor.ts';
import type { PluginHost } from './host/host.ts';
import type { WantedCode } from './mechanisms.ts';
import type { BlockMode, OrderingStatus } from './ordering/types.ts';
import type { PeerBan } from './peers.ts';
import type { SyncStatus } from './sync/status.ts';
import type { Trace, TraceTarget } from './trace/types.ts';

export interface NodeInfo {
  readonly chainId: string;
  readonly name: string;
  readonly version: string;
  readonly peerId: string;
  readonly ordering: 'instant' | 'tendermint';
  /** Its validator key; null on a node that only follows. */
  readonly validator: Account | null;
}

export interface StoredBlock {
  readonly hash: Hex;
  readonly block: Block;
  readonly commit: Commit;
  readonly outcomes: BlockOutcomes;
  /** One per transaction, in order. */
  readonly transactionHashes: readonly Hex[];
}

export interface Head {
  readonly hash: Hex;
  readonly header: Header;
  readonly commit: Commit;
  readonly transactions: number;
}

export type TransactionStatus =
  /** `from`: the first height whose transactions the node knows, where that is not the first of all. */
  | { readonly status: 'unknown'; readonly from?: number }
  | { readonly status: 'pending'; readonly transaction: Transaction }
  /** It left the pool without being included, e.g. expired; `reason` is an error name. */
  | { readonly status: 'dropped'; readonly reason: string; readonly message: string }
  /** Its block was taken back by the one of height `by`; it cannot be included again. */
  | { readonly status: 'reverted'; readonly height: number; readonly index: number; readonly by: number }
  | {
      readonly status: 'final';
      readonly height: number;
      readonly index: number;
      readonly outcome: Outcome;
    };

/** One settlement: what closing an epoch moved, and the rows that caused it (spec section 5). */
export interface Settlement {
  readonly consensus: number;
  readonly epoch: number;
  /** False while the close goes on over further blocks. */
  readonly done: boolean;
  /** Heights of the blocks in which the close was worked on, ascending. */
  readonly closedIn: readonly number[];
  readonly calls: number;
  readonly total: Amount;
  readonly debits: readonly { readonly client: Account; readonly server: Account; readonly amount: Amount }[];
  readonly credits: readonly { readonly account: Account; readonly amount: Amount }[];
  readonly rows: readonly {
    readonly client: Account;
    readonly server: Account;
    /** The epoch of the calls. */
    readonly epoch: number;
    readonly calls: number;
    readonly amount: Amount;
    readonly status: string;
    /** Of the block with the claim. */
    readonly height: number;
  }[];
}

export interface EpochRecord extends Pick<Epoch, 'number' | 'startHeight' | 'startTime'> {
  /** Last height of the epoch; null while it runs. */
  readonly endHeight: number | null;
}

/** What is before these is unknown to the node, and no answer of it says otherwise. */
export interface ChainBase {
  /** Of the first block. */
  readonly height: number;
  readonly epoch: number;
  /** The first epoch whose settlements are known whole. */
  readonly settlementsFrom: number;
}

export interface NodeApi {
  readonly info: NodeInfo;
  readonly genesis: Genesis;
  /** The code in force for calls of a block; without a height, of the next one. */
  mechanisms(height?: number): Mechanisms;
  /** How a module describes itself, also one that is not installed. Throws NodeError CONSENSUS_CODE_MISSING. */
  describe(wanted: WantedCode): Promise<ConsensusModule>;
  /** Code that the chain names, or will name, and this node lacks. */
  missingCode(): readonly PinnedCode[];
  head(): Head;
  /** The state after the last committed block. Immutable. */
  state(): State;
  /** Where the knowledge of this node begins, if it took a snapshot instead of all blocks. */
  base(): ChainBase;
  block(reference: number | Hex): Promise<StoredBlock | null>;
  transaction(hash: Hex): Promise<TransactionStatus>;
  settlement(consensus: number, epoch: number): Promise<Settlement | null>;
  epoch(number: number): Promise<EpochRecord | null>;
  /** Next nonce of a sender, counting what waits in the pool. */
  nextNonce(account: Account): number;
  /** Resolves with the hash once it is in the pool; rejects with a PoolError that says whether "no" is final. */
  submit(encoded: Uint8Array): Promise<Hex>;
  /** The encoded answer of a consensus module to one of its queries, at the last block; rejects with what it threw. */
  query(consensus: number, query: { readonly name: string; readonly args: Uint8Array }): Promise<Uint8Array>;
  /** What the transaction would do on top of the last block; a wrong signature is not held against it. */
  simulate(encoded: Uint8Array): Promise<Outcome>;
  peers(): readonly PeerReport[];
  /** How many its options name. */
  readonly configuredPeers: number;
  bans(): readonly PeerBan[];
  /** Peers that do not want this node, or that it does not want, and that are not connected. */
  refusals(): readonly Refusal[];
  ordering(): OrderingStatus;
  /** How far block sync is; null on a node that takes part. */
  sync(): SyncStatus | null;
  /** Runs a transaction or a close again and tells what happened; one at a time. Throws TraceError. */
  trace(target: TraceTarget): Promise<Trace>;
  /** Blocks that came out otherwise here than on other nodes; newest last. */
  divergences(): readonly Divergence[];
  /** True from the first final block on, with all configured peers connected. */
  ready(): boolean;
  /** After each commit, in order of height. */
  onBlock(listener: (block: StoredBlock) => void): () => void;
  /** Its plugins, and those of the chain that run in processes of their own. */
  plugins(): Omit<PluginHost, 'close'>;
  /** null on a chain that is not a devnet. */
  readonly dev: DevApi | null;
}

/** Milliseconds. */
export interface BlockTime {
  readonly time: number;
  /** How far blocks are ahead of the clocks of the nodes. */
  readonly ahead: number;
}

export interface SnapshotName {
  readonly name: string;
  /** Of the block after which it was taken. */
  readonly height: number;
}

export interface WentBack {
  /** Of the block that has the state of the snapshot. */
  readonly height: number;
  /** Of the block after which it was taken. */
  readonly to: number;
}

export interface Loaded {
  /** Of the block that has the state of the dump. */
  readonly height: number;
  /** Its checksum. */
  readonly dump: Hex;
  /** Where it was taken. */
  readonly from: { readonly chainId: string; readonly height: number };
}

export interface DevApi {
  /** Makes this many blocks; resolves with the new height. */
  mine(blocks: number): Promise<number>;
  /** Starts this many epochs; resolves with the current one. */
  advanceEpoch(epochs: number): Promise<number>;
  /** Puts the time of all blocks to come forward; resolves with the time of the first of them. */
  increaseTime(ms: number): Promise<BlockTime>;
  /** Of the state after a block; resolves once that is final. */
  snapshot(name?: string): Promise<SnapshotName>;
  /** A new block has the state of the snapshot; resolves once it is final. Snapshots taken later are forgotten. */
  revert(name: string): Promise<WentBack>;
  /** The file of the state after the last block: the same bytes on every node. */
  dump(): Uint8Array;
  /** A new block has the state of this file; resolves once it is final. What fails leaves the state as it was. */
  load(file: Uint8Array): Promise<Loaded>;
  /** Has an account do what it did not sign; resolves with the hash of the transaction once that is final. */
  impersonate(account: Account, call: OrdinaryCall): Promise<Hex>;
  setBalance(account: Account, free: Amount): Promise<void>;
  mint(account: Account, amount: Amount): Promise<void>;
  installConsensus(installation: Installation): Promise<void>;
  cancelConsensus(id: number): Promise<void>;
  /** Of this node: one that was away when the mode was changed has the one that it started with. */
  blockMode(): BlockMode;
  setBlockMode(mode: BlockMode): Promise<void>;
  /** Of this node alone: what it does to what it sends. In place of the rules before. */
  setFaults(rules: FaultRules): void;
  faults(): FaultReport;
}
