/** The two kinds of servers that programs meet: a node, and the gateway of a cluster with that node behind it. */
import { type Gateway, startGateway } from '../../devnet/supervisor/gateway.ts';
import { fakeControl } from '../devnet/fakeControl.ts';
import { type Served, serve } from './support.ts';

export interface Door {
  readonly url: string;
  readonly port: number;
  readonly served: Served;
  /** null for the node's own door. */
  readonly gateway: Gateway | null;
  readonly calls: readonly string[];
  close(): Promise<void>;
}

export async function nodeDoor(): Promise<Door> {
  const served = await serve();
  const { url, port } = served.rpc;
  return { url, port, served, gateway: null, calls: [], close: () => served.rpc.close() };
}

export async function gatewayDoor(): Promise<Door> {
  const served = await serve();
  const { control, calls } = fakeControl();
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    backends: () => [{ index: 0, port: served.rpc.port }],
    control,
    readiness: async () => ({ reasons: [], warnings: [] }),
  });
  const close = async (): Promise<void> => {
    await gateway.close();
    await served.rpc.close();
  };
  return { url: `http://127.0.0.1:${gateway.port}`, port: gateway.port, served, gateway, calls, close };
}

export const DOORS = [
  ['node', nodeDoor],
  ['gateway', gatewayDoor],
] as const;
