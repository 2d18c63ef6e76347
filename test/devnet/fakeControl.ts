/** A supervisor without processes: it notes what it is asked. */
import { keyPairFromUri } from '../../chain/index.ts';
import type { Control } from '../../devnet/supervisor/control.ts';
import { NO_CLUSTER_FAULTS } from '../../devnet/supervisor/faults.ts';
import type { FaultsReport, NodeStatus } from '../../node/client/wireCluster.ts';
import { RpcFault } from '../../node/rpc/index.ts';

export function fakeControl() {
  const status: NodeStatus = {
    index: 1,
    state: 'running',
    pid: 7,
    rpc: 'http://x',
    log: 'l',
    restarts: 0,
    ended: null,
  };
  const faults: FaultsReport = { ...NO_CLUSTER_FAULTS, nodes: [] };
  const calls: string[] = [];
  /** Notes the call and gives this answer. */
  const noting =
    <Answer>(name: string, answer: Answer) =>
    async (...args: readonly unknown[]): Promise<Answer> => {
      calls.push(`${name} ${JSON.stringify(args)}`);
      return answer;
    };
  const control: Control = {
    accounts: () => [{ name: 'alice', address: keyPairFromUri('//Alice').address }],
    list: () => [status],
    add: noting('add', status),
    kill: noting('kill', { ...status, state: 'killed' } as const),
    pause: noting('pause', status),
    resume: noting('resume', status),
    async restart(index) {
      if (index > 3) throw new RpcFault('UNKNOWN_NODE', `there is no node ${index}`);
      calls.push(`restart ${index}`);
      return status;
    },
    faults: noting('faults', faults),
    partition: noting('partition', faults),
    latency: noting('latency', faults),
    loss: noting('loss', faults),
    heal: noting('heal', faults),
  };
  return { control, calls, status, faults };
}
