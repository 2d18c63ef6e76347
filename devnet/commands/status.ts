import { resolve } from 'node:path';
import { createClient, type NodeInfo } from '../../node/client/index.ts';
import type { FaultsReport, NodeStatus } from '../../node/client/wireCluster.ts';
import { colors } from '../colors.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../errors.ts';
import { type Answer, table } from '../output.ts';
import { isAlive } from '../supervisor/lock.ts';
import { type RunFile, readRunFile } from '../supervisor/runFile.ts';
import { describeFaults } from './faults.ts';

const ASK_MS = 5_000;

type Row = Pick<NodeStatus, 'index' | 'rpc' | 'pid' | 'restarts' | 'ended'> & {
  readonly state: string;
  readonly info: NodeInfo | null;
};

/** `devnet status`: one row per node, its process as the supervisor sees it and its chain as the node itself does. */
export async function status({ dir }: GlobalOptions): Promise<Answer> {
  const run = readRunFile(dir);
  const running = isAlive(run.pid);
  const { processes, faults } = running
    ? await askSupervisor(run.rpc)
    : { processes: leftOf(run), faults: null };
  const nodes = await Promise.all(processes.map(rowOf));
  const top = Math.max(0, ...nodes.map(({ info }) => info?.height ?? 0));
  const rows = nodes.map(({ index, state, info, rpc, restarts }) => [
    `${index}`,
    state,
    info === null ? '' : `${info.height}`,
    info === null ? '' : `${top - info.height}`,
    info === null ? '' : `${info.epoch}`,
    `${restarts}`,
    rpc,
  ]);
  if (!running) process.exitCode = EXIT.notReady;
  const head = ['node', 'state', 'height', 'behind', 'epoch', 'restarts', 'RPC'];
  return {
    value: {
      ...(running ? {} : gone(run, dir)),
      chainId: run.chainId,
      running,
      rpc: run.rpc,
      nodes: nodes.map(({ info, ...node }) => (info === null ? node : { ...node, ...told(info) })),
      faults,
    },
    text: [
      `${run.chainId} at ${run.rpc}`,
      ...(running ? [] : [colors.red(`${gone(run, dir).message}; ${gone(run, dir).hint}`)]),
      table(head, rows, [2, 3, 4, 5]),
      ...nodes.flatMap(({ index, state, ended }) =>
        state === 'failed' ? [`node ${index} ended too often: ${ended}; devnet node restart ${index}`] : [],
      ),
      ...(faults === null || isHealthy(faults) ? [] : describeFaults(faults)),
    ].join('\n'),
  };
}

/** Also what a failure says, for programs. */
const gone = ({ pid }: RunFile, dir: string) => ({
  ok: false,
  code: EXIT.notReady,
  name: 'NOT_RUNNING',
  message: `the supervisor of ${resolve(dir)} (process ${pid}) was killed, its nodes follow it`,
  hint: 'devnet up goes on with the chain',
});

const told = ({ height, epoch, peerId, ordering, sync }: NodeInfo) => ({
  height,
  epoch,
  peerId,
  ordering,
  sync,
});
const isHealthy = ({ groups, latency, loss }: FaultsReport): boolean =>
  groups.length + latency.length + loss.length === 0;

async function askSupervisor(
  rpc: string,
): Promise<{ processes: readonly NodeStatus[]; faults: FaultsReport }> {
  const client = createClient(rpc, { timeoutMs: ASK_MS });
  try {
    const [processes, faults] = await Promise.all([
      client.request('dev_nodeList', {}),
      client.request('dev_faults', {}),
    ]);
    return { processes, faults };
  } finally {
    client.close();
  }
}

/** What a supervisor that was killed has left behind; its nodes follow it. */
const leftOf = ({ nodes }: RunFile): readonly NodeStatus[] =>
  nodes.map(({ index, rpc, pid, log }) => ({
    index,
    state: 'running',
    pid,
    rpc,
    log,
    restarts: 0,
    ended: null,
  }));

/** The state of a process that runs is what its node does. */
async function rowOf({ index, rpc, pid, state, restarts, ended }: NodeStatus): Promise<Row> {
  const row = { index, rpc, pid, restarts, ended };
  if (state !== 'running') return { ...row, state, info: null };
  const info = await ask(rpc);
  return typeof info === 'string'
    ? { ...row, state: info, info: null }
    : { ...row, state: stateOf(info), info };
}

function stateOf({ ready, sync }: NodeInfo): string {
  if (sync !== null) return `syncing to ${sync.to}, ${sync.blocksPerSecond}/s`;
  return ready ? 'ready' : 'starting';
}

async function ask(rpc: string): Promise<NodeInfo | string> {
  const client = createClient(rpc, { timeoutMs: 2_000 });
  try {
    return await client.getNodeInfo();
  } catch (error) {
    return error instanceof Error ? error.name.toLowerCase() : 'unreachable';
  } finally {
    client.close();
  }
}
