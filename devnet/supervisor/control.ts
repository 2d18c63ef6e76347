/** What only the supervisor of a cluster can do: its processes, and the faults between them. */
import type {
  ClusterMethods,
  FaultsReport,
  NamedAccount,
  NodeStatus,
} from '../../node/client/wireCluster.ts';

type ParamsOf<Name extends keyof ClusterMethods> = ClusterMethods[Name]['params'];

export interface Control {
  accounts(): readonly NamedAccount[];
  list(): readonly NodeStatus[];
  /** One more node with its own key and ports. As a validator it stakes, and votes from the next epoch. */
  add(validator: boolean): Promise<NodeStatus>;
  /** SIGKILL, as a crash would; it stays down. */
  kill(node: number): Promise<NodeStatus>;
  /** SIGSTOP */
  pause(node: number): Promise<NodeStatus>;
  /** SIGCONT */
  resume(node: number): Promise<NodeStatus>;
  restart(node: number): Promise<NodeStatus>;
  faults(): Promise<FaultsReport>;
  partition(groups: readonly (readonly number[])[]): Promise<FaultsReport>;
  latency(change: ParamsOf<'dev_latency'>): Promise<FaultsReport>;
  loss(change: ParamsOf<'dev_loss'>): Promise<FaultsReport>;
  /** Ends all faults between nodes. */
  heal(): Promise<FaultsReport>;
}

/** A cheap first look at a request; false for nearly all of them. The gateway also adds to what `rpc.` methods tell. */
export const mayConcernControl = (body: Buffer): boolean => body.includes('"dev_') || body.includes('"rpc');
