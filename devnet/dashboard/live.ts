/** What the page knows without being asked: the newest blocks, the epoch, the nodes. */
import { computed, effect, signal } from '@preact/signals';
import { getCurrentEpoch } from '../../node/client/actions/getCurrentEpoch.ts';
import { getHead } from '../../node/client/actions/getHead.ts';
import { getNodeInfo } from '../../node/client/actions/getNodeInfo.ts';
import { subscribeBlocks } from '../../node/client/actions/subscribeBlocks.ts';
import type { EpochInfo, Head, NodeInfo } from '../../node/client/results.ts';
import type { NodeStatus } from '../../node/client/wireCluster.ts';
import { headOf, mergeHeads, missingHeights } from './heads.ts';
import { askNode, gateway } from './transport.ts';

/** A node: how its process is, and what it says itself; null while it does not answer. */
export interface NodeView {
  readonly status: NodeStatus;
  readonly info: NodeInfo | null;
}

export const heads = signal<readonly Head[]>([]);
export const epoch = signal<EpochInfo | null>(null);
export const nodes = signal<readonly NodeView[]>([]);
export const chain = signal<NodeInfo | null>(null);
/** By this machine's clock; moves with every second and every block. */
export const now = signal(Date.now());

export const head = computed(() => heads.value[0] ?? null);
/** The height, at most once a second: what is asked anew with it is not asked with each of many blocks. */
export const pulse = signal(0);

/** The highest block that any node had when they were asked; what came since would make all look late. */
export const tip = computed(() => Math.max(0, ...nodes.value.map(({ info }) => info?.height ?? 0)));

/** Blocks in memory, and those that are fetched at the start. */
const MOST_HEADS = 200;
const FIRST_HEADS = 15;
const EVERY_MS = 1_000;

/** Starts all of it, for as long as the page is open. */
export function follow(refreshNames: () => Promise<unknown>): void {
  forever(listen);
  forever(lookAtNodes);
  setInterval(() => {
    now.value = Date.now();
    if (!document.hidden) pulse.value = head.value?.height ?? 0;
  }, EVERY_MS);
  effect(() => {
    if (pulse.value > 0) reported(refreshNames());
  });
  effect(() => {
    const current = head.value?.epoch;
    if (current !== undefined && current !== epoch.peek()?.epoch) reported(refreshEpoch());
  });
}

/** Resolves when the subscription stands; what breaks it later is mended by the transport. */
async function listen(): Promise<boolean> {
  await subscribeBlocks(gateway, {
    onBlock: one => {
      heads.value = mergeHeads(heads.value, [one], MOST_HEADS);
      now.value = Date.now();
    },
    onLag: () => forever(catchUp),
    onError: () => forever(listen),
  });
  // Only now: a block between the two would be missed by both.
  forever(catchUp);
  return true;
}

/** After the start and after a gap. A chain that is another one now makes everything here wrong. */
async function catchUp(): Promise<boolean> {
  const [info, newest] = await Promise.all([getNodeInfo(gateway), getHead(gateway)]);
  if (chain.value !== null && chain.value.chainId !== info.chainId) location.reload();
  chain.value = info;
  heads.value = mergeHeads(heads.value, [newest], MOST_HEADS);
  const missing = missingHeights(heads.value, newest.height, info.base, FIRST_HEADS);
  const blocks = await Promise.all(
    missing.map(height => gateway.request('chain_getBlock', { block: height })),
  );
  heads.value = mergeHeads(blocks.map(headOf), heads.value, MOST_HEADS);
  // Nobody should wait for the first second to pass.
  if (pulse.value === 0) pulse.value = newest.height;
  return true;
}

async function refreshEpoch(): Promise<void> {
  epoch.value = await getCurrentEpoch(gateway);
}

/** Never done: the next look comes a second after this one. */
async function lookAtNodes(): Promise<boolean> {
  if (document.hidden) return false;
  const list = await gateway.request('dev_nodeList', {});
  nodes.value = await Promise.all(
    list.map(async status => ({
      status,
      info: status.state === 'running' ? await infoOf(status.index) : null,
    })),
  );
  return false;
}

/** null: it does not answer, which is what the page shows then. */
const infoOf = (index: number): Promise<NodeInfo | null> =>
  askNode(index)('node_info', {}).then(
    info => info,
    (): null => null,
  );

/** Again and again until it answers true. What fails here shows in the state of the connection and of the nodes. */
function forever(work: () => Promise<boolean>): void {
  const again = (): void => {
    setTimeout(() => forever(work), EVERY_MS);
  };
  work().then(
    done => {
      if (!done) again();
    },
    error => {
      console.warn(error);
      again();
    },
  );
}

/** For what the next block or the next look repeats. */
function reported(work: Promise<unknown>): void {
  work.catch(error => console.warn(error));
}
