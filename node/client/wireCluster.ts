/** The part of the RPC that concerns the processes of a cluster and the faults between them: the gateway answers it. */

import type { RpcFaultMethods } from './wireRpcFaults.ts';

export type NodeState =
  | 'starting'
  | 'running'
  /** Stopped by SIGSTOP: it answers nobody, and its peers find out by themselves. */
  | 'paused'
  /** Killed on request: it stays down until somebody restarts it. */
  | 'killed'
  /** It ended by itself, and starts again after a pause that doubles each time. */
  | 'restarting'
  /** It ended by itself too often in a row: somebody has to restart it. */
  | 'failed'
  | 'stopped';

export interface NodeStatus {
  readonly index: number;
  readonly state: NodeState;
  readonly pid: number | null;
  /** Empty until it was ready once. */
  readonly rpc: string;
  readonly log: string;
  /** Starts after the first one. */
  readonly restarts: number;
  /** How it ended last; null if it never did. */
  readonly ended: string | null;
}

/** What a node does to what it sends to one peer. */
export interface LinkFaultsJson {
  readonly cut: boolean;
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly lossPercent: number;
}
export interface FaultRulesJson {
  /** Of the dice. */
  readonly seed: number;
  readonly peers: Readonly<Record<string, LinkFaultsJson>>;
}
/** Since the node started. */
export interface FaultCountersJson {
  readonly delayed: number;
  readonly lost: number;
  readonly cut: number;
  readonly refused: number;
}

/** Two nodes, both directions; null for all of them. */
export type Between = readonly [number, number] | null;

/** The faults in force in a cluster. */
export interface ClusterFaults {
  readonly seed: number;
  /** Nodes of different groups do not reach each other; empty without a partition. */
  readonly groups: readonly (readonly number[])[];
  /** The last one that names a pair of nodes holds for it. */
  readonly latency: readonly { readonly between: Between; readonly ms: number; readonly jitter: number }[];
  readonly loss: readonly { readonly between: Between; readonly percent: number }[];
}
export interface FaultsReport extends ClusterFaults {
  /** A node that could not be told gets the rules when it comes back; `reason` says why it could not. */
  readonly nodes: readonly {
    readonly node: number;
    readonly applied: boolean;
    readonly reason: string | null;
    readonly counters: FaultCountersJson | null;
  }[];
}

interface OneNode {
  readonly node: number;
}
type None = { readonly [name: string]: never };
interface OnLinks {
  readonly between?: readonly [number, number] | undefined;
  readonly seed?: number | undefined;
}

/** A development account of the cluster. Its secret stays with the supervisor. */
export interface NamedAccount {
  readonly name: string;
  /** SS58. */
  readonly address: string;
}

export interface ClusterMethods extends RpcFaultMethods {
  dev_accounts: { params: None; result: readonly NamedAccount[] };
  dev_nodeList: { params: None; result: readonly NodeStatus[] };
  dev_nodeAdd: { params: { readonly validator?: boolean | undefined }; result: NodeStatus };
  dev_nodeKill: { params: OneNode; result: NodeStatus };
  dev_nodePause: { params: OneNode; result: NodeStatus };
  dev_nodeResume: { params: OneNode; result: NodeStatus };
  dev_nodeRestart: { params: OneNode; result: NodeStatus };
  dev_partition: { params: { readonly groups: readonly (readonly number[])[] }; result: FaultsReport };
  dev_heal: { params: None; result: FaultsReport };
  dev_latency: {
    params: { readonly ms: number; readonly jitter?: number | undefined } & OnLinks;
    result: FaultsReport;
  };
  dev_loss: { params: { readonly percent: number } & OnLinks; result: FaultsReport };
  dev_faults: { params: None; result: FaultsReport };
}
