/** Figures of the RPC in the text format of Prometheus. Counted by hand: a request takes a few microseconds in all. */
import type { RpcFaultCounters } from '../client/wireRpcFaults.ts';

export interface RpcMetrics {
  /** `error` is the name of what went wrong; null if nothing did. */
  onCall(method: string, error: string | null): void;
  text(): string;
}

interface Sources {
  readonly node: string;
  readonly counts: () => { readonly connections: number; readonly subscriptions: number };
  readonly faults: () => RpcFaultCounters;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export function createRpcMetrics({ node, counts, faults }: Sources): RpcMetrics {
  const calls = new Map<string, { ok: number; failed: number }>();
  const requests = (): Sample[] =>
    [...calls].flatMap(([method, { ok, failed }]): Sample[] => [
      [{ method, outcome: 'ok', node }, ok],
      [{ method, outcome: 'failed', node }, failed],
    ]);

  return {
    onCall(method, error) {
      // Names of methods that there are not are a stranger's choice: no label.
      const name = error === 'METHOD_NOT_FOUND' ? 'unknown' : method;
      const found = calls.get(name) ?? { ok: 0, failed: 0 };
      calls.set(name, found);
      if (error === null) found.ok += 1;
      else found.failed += 1;
    },
    text() {
      const { connections, subscriptions } = counts();
      return [
        metric('requests_total', 'counter', 'Requests by method and outcome.', requests()),
        metric('websockets', 'gauge', 'Open WebSockets.', [[{ node }, connections]]),
        metric('subscriptions', 'gauge', 'Subscriptions.', [[{ node }, subscriptions]]),
        faultFigures(node, faults()),
      ].join('\n');
    },
  };
}

/** Of a server that counts nothing else about its RPC as well. */
export const faultFigures = (node: string, faults: RpcFaultCounters): string =>
  metric(
    'faults_total',
    'counter',
    'Answers that were faulty on purpose.',
    Object.entries(faults).map(([kind, many]) => [{ kind, node }, many]),
  );

function metric(name: string, kind: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const all = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
    return `devnet_rpc_${name}{${all.join(',')}} ${value}`;
  });
  return [`# HELP devnet_rpc_${name} ${help}`, `# TYPE devnet_rpc_${name} ${kind}`, ...lines, ''].join('\n');
}
