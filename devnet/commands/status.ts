import { createClient, type NodeInfo } from '../../node/client/index.ts';
import type { GlobalOptions } from '../context.ts';
import { type Answer, table } from '../output.ts';
import { isAlive } from '../supervisor/lock.ts';
import { readRunFile } from '../supervisor/runFile.ts';

/** `devnet status`: one row per node; a node that does not answer says so. */
export async function status({ dir }: GlobalOptions): Promise<Answer> {
  const run = readRunFile(dir);
  const nodes = await Promise.all(
    run.nodes.map(async ({ index, rpc, pid }) => ({ index, rpc, pid, info: await ask(rpc) })),
  );
  const heads = nodes.flatMap(({ info }) => (typeof info === 'string' ? [] : [info.height]));
  const top = Math.max(0, ...heads);
  const rows = nodes.map(({ index, rpc, info }) =>
    typeof info === 'string'
      ? [`${index}`, info, '', '', '', rpc]
      : [
          `${index}`,
          info.ready ? 'ready' : 'starting',
          `${info.height}`,
          `${top - info.height}`,
          `${info.epoch}`,
          rpc,
        ],
  );
  return {
    value: {
      chainId: run.chainId,
      running: isAlive(run.pid),
      rpc: run.rpc,
      nodes: nodes.map(({ index, rpc, pid, info }) =>
        typeof info === 'string'
          ? { index, rpc, pid, state: info }
          : {
              index,
              rpc,
              pid,
              state: info.ready ? 'ready' : 'starting',
              height: info.height,
              epoch: info.epoch,
              peerId: info.peerId,
              ordering: info.ordering,
            },
      ),
    },
    text: `${run.chainId} at ${run.rpc}\n${table(['node', 'state', 'height', 'behind', 'epoch', 'RPC'], rows, [2, 3, 4])}`,
  };
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
