/** What the faults in force mean for two nodes. */
import type { ClusterFaults } from '../../node/client/wireCluster.ts';

/** Nodes that a partition does not name form one more group. */
export function isCut({ groups }: Pick<ClusterFaults, 'groups'>, a: number, b: number): boolean {
  const groupOf = (node: number): number => groups.findIndex(group => group.includes(node));
  return groups.length > 0 && groupOf(a) !== groupOf(b);
}

/** The last of those that name the pair, or all pairs, holds. */
export function latencyOf({ latency }: Pick<ClusterFaults, 'latency'>, a: number, b: number): number {
  const last = latency.findLast(
    ({ between }) => between === null || (between.includes(a) && between.includes(b)),
  );
  return last?.ms ?? 0;
}
