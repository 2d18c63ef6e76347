/** The faults of a cluster as plain data: what was asked for, and what each node is told of it. */
import type {
  Between,
  ClusterFaults,
  FaultRulesJson,
  LinkFaultsJson,
} from '../../node/client/wireCluster.ts';
import { RpcFault } from '../../node/rpc/errors.ts';

export const NO_CLUSTER_FAULTS: ClusterFaults = { seed: 1, groups: [], latency: [], loss: [] };

/**
 * Nodes that no group names form one more group, so that `[[3]]` cuts node 3 off from all others.
 * @throws RpcFault UNKNOWN_NODE, BAD_GROUPS
 */
export function withPartition(
  faults: ClusterFaults,
  groups: readonly (readonly number[])[],
  nodes: number,
): ClusterFaults {
  const seen = new Set<number>();
  for (const node of groups.flat()) {
    mustExist(node, nodes);
    if (seen.has(node)) throw new RpcFault('BAD_GROUPS', `node ${node} stands in two places`);
    seen.add(node);
  }
  const rest = Array.from({ length: nodes }, (_, node) => node).filter(node => !seen.has(node));
  const all = rest.length === 0 ? groups : [...groups, rest];
  if (all.some(group => group.length === 0)) throw new RpcFault('BAD_GROUPS', 'a group without a node');
  if (all.length < 2)
    throw new RpcFault('BAD_GROUPS', 'one group of all nodes is no partition', {
      hint: 'Name a part of the nodes, e.g. [[0, 1], [2, 3]]; dev_heal ends a partition.',
    });
  return { ...faults, groups: all };
}

/** A seed starts the dice anew. */
export interface Where {
  readonly between?: readonly [number, number] | undefined;
  readonly seed?: number | undefined;
}

/** 0 ms take the latency away. */
export function withLatency(
  faults: ClusterFaults,
  { ms, jitter = 0, ...where }: { readonly ms: number; readonly jitter?: number | undefined } & Where,
  nodes: number,
): ClusterFaults {
  const entry = { between: pairOf(where, nodes), ms, jitter };
  return { ...faults, ...seedOf(where), latency: placed(faults.latency, entry, ms + jitter === 0) };
}

/** 0 % take the loss away. */
export function withLoss(
  faults: ClusterFaults,
  { percent, ...where }: { readonly percent: number } & Where,
  nodes: number,
): ClusterFaults {
  const entry = { between: pairOf(where, nodes), percent };
  return { ...faults, ...seedOf(where), loss: placed(faults.loss, entry, percent === 0) };
}

/** A node that was added under a partition joins the group of node 0. */
export function withNode(faults: ClusterFaults, node: number): ClusterFaults {
  const { groups } = faults;
  if (groups.length === 0) return faults;
  return {
    ...faults,
    groups: groups.map(group => (group.includes(0) ? [...group, node] : group)),
  };
}

/** How many nodes this one can reach, itself included. */
export function groupSize({ groups }: ClusterFaults, node: number, nodes: number): number {
  return groups.find(group => group.includes(node))?.length ?? nodes;
}

/** The nodes that can reach fewer than others can. */
export function onSmallerSide(faults: ClusterFaults, nodes: number): number[] {
  const sizes = Array.from({ length: nodes }, (_, node) => groupSize(faults, node, nodes));
  const largest = Math.max(...sizes);
  return sizes.flatMap((size, node) => (size < largest ? [node] : []));
}

/** What one node is told. A node whose identity nobody knows yet is not named: it will keep away by itself. */
export function rulesOf(
  faults: ClusterFaults,
  node: number,
  peerIds: readonly (string | null)[],
): FaultRulesJson {
  const peers = peerIds.flatMap((peerId, other): [string, LinkFaultsJson][] => {
    if (peerId === null || other === node) return [];
    const link = linkOf(faults, node, other);
    return isNone(link) ? [] : [[peerId, link]];
  });
  return { seed: faults.seed, peers: Object.fromEntries(peers) };
}

function linkOf({ groups, latency, loss }: ClusterFaults, a: number, b: number): LinkFaultsJson {
  const groupOf = (node: number): number => groups.findIndex(group => group.includes(node));
  const concerns = ({ between }: { readonly between: Between }): boolean =>
    between === null || (between.includes(a) && between.includes(b));
  const slow = latency.findLast(concerns);
  const lossy = loss.findLast(concerns);
  return {
    cut: groupOf(a) !== groupOf(b),
    latencyMs: slow?.ms ?? 0,
    jitterMs: slow?.jitter ?? 0,
    lossPercent: lossy?.percent ?? 0,
  };
}

const isNone = ({ cut, latencyMs, jitterMs, lossPercent }: LinkFaultsJson): boolean =>
  !cut && latencyMs === 0 && jitterMs === 0 && lossPercent === 0;

/** One for all links takes the place of everything before; one for a pair takes the place of the pair's. */
function placed<Entry extends { readonly between: Between }>(
  entries: readonly Entry[],
  entry: Entry,
  isNothing: boolean,
): readonly Entry[] {
  const kept =
    entry.between === null ? [] : entries.filter(({ between }) => !samePair(between, entry.between));
  // Nothing on one pair still has to hold against something on all of them.
  const isNeeded = !isNothing || kept.some(({ between }) => between === null);
  return isNeeded ? [...kept, entry] : kept;
}

const samePair = (a: Between, b: Between): boolean => a?.[0] === b?.[0] && a?.[1] === b?.[1];

function pairOf({ between }: Where, nodes: number): Between {
  if (between === undefined) return null;
  for (const node of between) mustExist(node, nodes);
  const [a, b] = between;
  if (a === b) throw new RpcFault('BAD_FAULT', `node ${a} has no link to itself`);
  return a < b ? [a, b] : [b, a];
}

const seedOf = ({ seed }: Where): { readonly seed?: number } => (seed === undefined ? {} : { seed });

export function mustExist(node: number, nodes: number): void {
  if (node < 0 || node >= nodes)
    throw new RpcFault('UNKNOWN_NODE', `there is no node ${node}: nodes are 0 to ${nodes - 1}`);
}
