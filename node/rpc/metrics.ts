/** Figures of the RPC in the text format of Prometheus. Counted by hand: a request takes a few microseconds in all. */
import type { RpcFaultCounters } from '../client/wireRpcFaults.ts';

export interface RpcMetrics {
  /** `error` is the name of what went wrong; null if nothing did. */
  onCall(method: string, error: string | null, seconds: number): void;
  /** A message that was refused before anybody read it. */
  onRefused(reason: string): void;
  text(): string;
}

export interface RpcGauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

interface Sources {
  readonly node: string;
  /** Asked whenever somebody reads the figures. */
  readonly gauges: () => readonly RpcGauge[];
  readonly faults: () => RpcFaultCounters;
}

/** Upper bounds in seconds: a read, a block, a wait for one, a wait that somebody gives up. */
const BOUNDS = [0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

/**
 * Errors that arise before anybody knows whether there is such a method. Names are a stranger's choice then, and no label,
 * unless the same name was answered before.
 */
const NOT_LOOKED_UP: ReadonlySet<string> = new Set([
  'METHOD_NOT_FOUND',
  'INVALID_REQUEST',
  'ANSWER_TOO_LARGE',
  'INJECTED_FAULT',
  'DROPPED',
  'BROKEN_OFF',
  'NO_NODE',
  'NODE_GONE',
]);
/** More than there are methods: whatever else happens, labels have an end. */
const MOST_METHODS = 256;

interface Calls {
  ok: number;
  failed: number;
  seconds: number;
  /** How many took at most the bound of the same place, and longer than the one before. */
  readonly within: number[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, suffix?: string];

export function createRpcMetrics({ node, gauges, faults }: Sources): RpcMetrics {
  const calls = new Map<string, Calls>();
  const refused = new Map<string, number>();

  return {
    onCall(method, error, seconds) {
      const isMade = calls.has(method) || !(error !== null && NOT_LOOKED_UP.has(error));
      const name = isMade && (calls.size < MOST_METHODS || calls.has(method)) ? method : 'unknown';
      const found = calls.get(name) ?? { ok: 0, failed: 0, seconds: 0, within: BOUNDS.map(() => 0) };
      calls.set(name, found);
      if (error === null) found.ok += 1;
      else found.failed += 1;
      found.seconds += seconds;
      const place = BOUNDS.findIndex(bound => seconds <= bound);
      if (place >= 0) found.within[place] = (found.within[place] ?? 0) + 1;
    },
    onRefused(reason) {
      refused.set(reason, (refused.get(reason) ?? 0) + 1);
    },
    text() {
      const all = [...calls];
      return [
        metric(
          'requests_total',
          'counter',
          'Requests by method and outcome.',
          all.flatMap(([method, { ok, failed }]): Sample[] => [
            [{ method, outcome: 'ok', node }, ok],
            [{ method, outcome: 'failed', node }, failed],
          ]),
        ),
        metric(
          'request_seconds',
          'histogram',
          'Time from the request to its answer, by method.',
          all.flatMap(([method, made]) => histogram({ method, node }, made)),
        ),
        metric(
          'refused_total',
          'counter',
          'Messages that were refused unread.',
          [...refused].map(([reason, many]) => [{ reason, node }, many]),
        ),
        ...gauges().map(({ name, help, value }) => metric(name, 'gauge', help, [[{ node }, value]])),
        metric(
          'faults_total',
          'counter',
          'Answers that were faulty on purpose.',
          Object.entries(faults()).map(([kind, many]) => [{ kind, node }, many]),
        ),
      ].join('\n');
    },
  };
}

function histogram(
  labels: Readonly<Record<string, string>>,
  { ok, failed, seconds, within }: Calls,
): Sample[] {
  let sum = 0;
  const buckets = BOUNDS.map((bound, place): Sample => {
    sum += within[place] ?? 0;
    return [{ ...labels, le: `${bound}` }, sum, '_bucket'];
  });
  const all = ok + failed;
  return [
    ...buckets,
    [{ ...labels, le: '+Inf' }, all, '_bucket'],
    [labels, seconds, '_sum'],
    [labels, all, '_count'],
  ];
}

function metric(
  name: string,
  kind: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(([labels, value, suffix = '']) => {
    const all = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
    return `devnet_rpc_${name}${suffix}{${all.join(',')}} ${value}`;
  });
  return [`# HELP devnet_rpc_${name} ${help}`, `# TYPE devnet_rpc_${name} ${kind}`, ...lines, ''].join('\n');
}
