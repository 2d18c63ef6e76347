/** The nodes of a devnet, each asked for itself. */
import { type Client, createClient, RpcError } from '../../node/client/index.ts';

export interface NodeAddress {
  readonly index: number;
  readonly rpc: string;
}

export interface Nodes {
  readonly running: readonly NodeAddress[];
  /** Paused, killed, or on their way back. */
  readonly away: readonly { readonly index: number; readonly state: string }[];
}

/** As the supervisor sees them; a node that is asked itself knows no others. */
export async function nodesOf(client: Client): Promise<Nodes> {
  try {
    const all = await client.request('dev_nodeList', {});
    return {
      running: all.filter(({ state }) => state === 'running').map(({ index, rpc }) => ({ index, rpc })),
      away: all.filter(({ state }) => state !== 'running').map(({ index, state }) => ({ index, state })),
    };
  } catch (error) {
    if (!(error instanceof RpcError) || error.name !== 'METHOD_NOT_FOUND') throw error;
    return { running: [{ index: 0, rpc: client.url }], away: [] };
  }
}

/** What a node answered, or why it did not. */
export type Told<T> =
  | { readonly index: number; readonly ok: true; readonly value: T }
  | { readonly index: number; readonly ok: false; readonly reason: string; readonly cause: unknown };

/** Milliseconds for one request to one node. */
const PATIENCE = 30_000;

/** Asks each of them at the same time; one that does not answer does not keep the others' answers. */
export const askEach = <T>(
  nodes: readonly NodeAddress[],
  ask: (client: Client, node: NodeAddress) => Promise<T>,
  timeoutMs = PATIENCE,
): Promise<Told<T>[]> =>
  Promise.all(
    nodes.map(async node => {
      const client = createClient(node.rpc, { timeoutMs });
      try {
        return { index: node.index, ok: true, value: await ask(client, node) } as const;
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        return { index: node.index, ok: false, reason, cause } as const;
      } finally {
        client.close();
      }
    }),
  );
