import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Counters } from '../p2p/network.ts';
import type { Parts } from './assemble.ts';
import { countHosted, type HostedPlugin } from './host/metrics.ts';
import type { Plugin, PluginFigures } from './plugins/plugin.ts';

/** Where the figures come from; asked when somebody scrapes. */
export interface MetricsSource {
  readonly height: () => number;
  readonly epoch: () => number;
  readonly peers: () => number;
  readonly poolTransactions: () => number;
  readonly poolBytes: () => number;
  readonly verifying: () => number;
  readonly bans: () => number;
  readonly evidence: () => number;
  /** Since start, by lane. */
  readonly traffic: () => ReadonlyMap<string, Readonly<Counters>>;
  readonly stateRows: () => number;
  readonly divergences: () => number;
  /** Of each consensus module that runs in a process of its own. */
  readonly plugins?: () => readonly PluginCounts[];
  readonly hosted?: () => readonly HostedPlugin[];
}

type PluginCounts = Pick<Plugin, 'consensus' | 'figures'>;

export interface NodeMetrics {
  /** A block was committed, `ms` milliseconds after the one before; null for the first. */
  block(transactions: number, ms: number | null): void;
  /** Text in the format of Prometheus. */
  text(): Promise<string>;
}

const BLOCK_SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const BLOCK_TRANSACTIONS = [0, 1, 10, 100, 1_000, 10_000];

/** The figures of a node that is being assembled. */
export function watch(node: string, parts: Parts, hosted: NonNullable<MetricsSource['hosted']>): NodeMetrics {
  const { application, checking, evidence, network, pool, verifier } = parts;
  const metrics = createMetrics(node, {
    height: () => application.tip().height,
    epoch: () => application.tip().epoch,
    peers: () => network.peers().length,
    poolTransactions: () => pool.size,
    poolBytes: () => pool.bytes,
    verifying: () => verifier.pending(),
    bans: () => network.bans().length,
    evidence: () => evidence.size,
    traffic: () => network.counters(),
    stateRows: () => application.tip().state.size,
    divergences: () => parts.divergence.reports().length,
    plugins: () => checking.runner.plugins,
    hosted,
  });
  // From a start on, so that neither the genesis nor a night switched off counts as an interval.
  let last: number | null = null;
  application.onCommit(({ block, transactionHashes }) => {
    const { time } = block.header;
    metrics.block(transactionHashes.length, last === null ? null : time - last);
    last = time;
  });
  return metrics;
}

/** The figures of one node, in a registry of its own: several nodes may share a process. */
export function createMetrics(node: string, source: MetricsSource): NodeMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ node });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `devnet_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('height', 'Height of the last committed block', source.height);
  gauge('epoch', 'Current epoch', source.epoch);
  gauge('peers', 'Connected peers', source.peers);
  gauge('pool_transactions', 'Transactions waiting', source.poolTransactions);
  gauge('pool_bytes', 'Bytes of waiting transactions', source.poolBytes);
  gauge('verifying_signatures', 'Signatures being verified', source.verifying);
  gauge('banned_peers', 'Peers that are banned now', source.bans);
  countTraffic(registry, source.traffic);
  gauge('evidence', 'Double-signings that wait for a block', source.evidence);
  gauge('state_rows', 'Rows of the state', source.stateRows);
  gauge('divergences', 'Blocks that came out otherwise here than on other nodes', source.divergences);
  countPlugins(registry, source.plugins ?? (() => []));
  countHosted(registry, source.hosted ?? (() => []));
  gauge('resident_memory_bytes', 'Resident memory of the process', () => process.memoryUsage.rss());
  const seconds = new Histogram({
    name: 'devnet_block_interval_seconds',
    help: 'Time from one committed block to the next',
    buckets: BLOCK_SECONDS,
    registers: [registry],
  });
  const transactions = new Histogram({
    name: 'devnet_block_transactions',
    help: 'Transactions per block',
    buckets: BLOCK_TRANSACTIONS,
    registers: [registry],
  });
  return {
    block(count, ms) {
      if (ms !== null) seconds.observe(ms / 1000);
      transactions.observe(count);
    },
    text: () => registry.metrics(),
  };
}

const LANE_COUNTERS: Readonly<Record<keyof Counters, string>> = {
  sentMessages: 'Messages sent to peers',
  sentBytes: 'Bytes sent to peers',
  receivedMessages: 'Messages of peers',
  receivedBytes: 'Bytes of peers',
  droppedUnconnected: 'Messages not sent because the peer was not connected',
  droppedSlow: 'Messages not sent because the peer read too slowly',
  droppedOverRate: 'Messages thrown away because the peer sent too fast',
};

function countTraffic(registry: Registry, traffic: MetricsSource['traffic']): void {
  for (const [name, help] of Object.entries(LANE_COUNTERS) as [keyof Counters, string][])
    new Counter({
      name: `devnet_p2p_${name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}_total`,
      help,
      labelNames: ['lane'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [lane, counters] of traffic()) this.inc({ lane }, counters[name]);
      },
    });
}

const PLUGIN_FIGURES: Readonly<Record<keyof PluginFigures, readonly [name: string, help: string]>> = {
  roundTrips: ['round_trips', 'Requests that a consensus module in a process of its own answered'],
  misses: ['misses', 'Reads that such a process had to be told'],
  mismatches: [
    'mismatches',
    'Results of such a process that rested on another state and were asked for again',
  ],
  starts: ['starts', 'Starts of such a process'],
  failures: ['failures', 'Times that such a process gave no answer'],
};

function countPlugins(registry: Registry, plugins: () => readonly PluginCounts[]): void {
  for (const [figure, [name, help]] of Object.entries(PLUGIN_FIGURES))
    new Gauge({
      name: `devnet_plugin_${name}`,
      help,
      labelNames: ['consensus'],
      registers: [registry],
      collect() {
        for (const { consensus, figures } of plugins())
          this.set({ consensus: String(consensus) }, figures[figure as keyof PluginFigures]);
      },
    });
}
