/** What people do to nodes and to what lies between them. */
import type { ClusterFaults, NodeState } from '../../node/client/wireCluster.ts';
import { act } from './acting.ts';
import type { Group } from './grouping.ts';
import { gateway } from './transport.ts';

/** A node that starts again answers when it is ready. */
const START_MS = 60_000;

export interface Deed {
  readonly name: string;
  readonly run: (node: number) => Promise<void>;
}

const kill: Deed = {
  name: 'Kill',
  run: node =>
    act(async () => {
      await gateway.request('dev_nodeKill', { node });
      return `Node ${node} is killed; it stays down until it is restarted`;
    }),
};
const pause: Deed = {
  name: 'Pause',
  run: node =>
    act(async () => {
      await gateway.request('dev_nodePause', { node });
      return `Node ${node} is paused: it keeps its connections and answers nobody`;
    }),
};
const resume: Deed = {
  name: 'Resume',
  run: node =>
    act(async () => {
      await gateway.request('dev_nodeResume', { node });
      return `Node ${node} goes on`;
    }),
};
const restart: Deed = {
  name: 'Restart',
  run: node =>
    act(async () => {
      await gateway.request('dev_nodeRestart', { node }, { timeoutMs: START_MS });
      return `Node ${node} is ready again`;
    }),
};

/** What makes sense in each state. */
export const DEEDS: Readonly<Record<NodeState, readonly Deed[]>> = {
  starting: [kill],
  running: [pause, kill, restart],
  paused: [resume, kill],
  killed: [restart],
  restarting: [restart],
  failed: [restart],
  stopped: [restart],
};

const groupsText = (groups: readonly Group[]): string => groups.map(group => group.join(', ')).join(' | ');

export const partition = (groups: readonly Group[]): Promise<void> =>
  act(async () => {
    await gateway.request('dev_partition', { groups });
    return `Parted: ${groupsText(groups)}`;
  });

/** All nodes in one group end the partition; what else is wrong between them stays. */
export const regroup = (groups: readonly Group[], { latency, loss }: ClusterFaults): Promise<void> =>
  groups.length > 1
    ? partition(groups)
    : act(async () => {
        await gateway.request('dev_heal', {});
        for (const { between, ms, jitter } of latency)
          await gateway.request('dev_latency', { ms, jitter, ...onPair(between) });
        for (const { between, percent } of loss)
          await gateway.request('dev_loss', { percent, ...onPair(between) });
        return 'All nodes are together again';
      });

type Pair = readonly [number, number];

/** null for all links. */
const onPair = (pair: Pair | null): { readonly between?: Pair } => (pair === null ? {} : { between: pair });
const placeText = (pair: Pair | null): string => (pair === null ? '' : ` between ${pair[0]} and ${pair[1]}`);

export const setLatency = (ms: number, jitter: number, pair: Pair | null): Promise<void> =>
  act(async () => {
    await gateway.request('dev_latency', { ms, jitter, ...onPair(pair) });
    return `Messages${placeText(pair)} take ${ms} ms${jitter === 0 ? '' : ` and up to ${jitter} ms`} more in each direction`;
  });

export const setLoss = (percent: number, pair: Pair | null): Promise<void> =>
  act(async () => {
    await gateway.request('dev_loss', { percent, ...onPair(pair) });
    return `${percent} of a hundred messages${placeText(pair)} are lost`;
  });

export const heal = (): Promise<void> =>
  act(async () => {
    await gateway.request('dev_heal', {});
    return 'All faults between the nodes are ended';
  });
