/** What a node tells about its plugins, and how it watches those that the chain runs. */
import { basename } from 'node:path';
import type { PluginJson } from '../client/wirePlugins.ts';
import type { Log } from '../ordering/types.ts';
import { PluginError } from '../plugins/errors.ts';
import type { Plugin } from '../plugins/plugin.ts';
import type { Runner } from '../plugins/runner.ts';
import { type Resources, resourcesOf } from './resources.ts';
import type { Service } from './service.ts';
import type { Refused, Verified } from './verify.ts';

type Report = PluginJson;

const NOTHING = {
  address: null,
  restarts: 0,
  errors: 0,
  lastError: null,
  memory: null,
  cpu: null,
} as const;

const described = ({ manifest, codeHash, approval, tier }: Verified) => ({
  name: manifest.name,
  version: manifest.version,
  provides: manifest.provides,
  codeHash,
  signers: approval.signed,
  trusted: approval.trusted,
  capabilities: manifest.capabilities,
  tier,
});

export function serviceReport({ plugin, life, key }: Service, obstacle: string | null): Report {
  const isBlocked = life.state === 'stopped' && obstacle !== null;
  return {
    ...described(plugin),
    state: isBlocked ? 'blocked' : life.state,
    reason: isBlocked ? obstacle : life.reason,
    address: key.address,
    restarts: life.restarts,
    errors: life.errors,
    lastError: life.lastError,
    memory: life.resources?.memory ?? null,
    cpu: life.resources?.cpu ?? null,
  };
}

export const refusedReport = ({ directory, manifest, error }: Refused): Report => ({
  ...NOTHING,
  name: manifest?.name ?? basename(directory),
  version: manifest?.version ?? null,
  provides: manifest?.provides ?? null,
  codeHash: manifest?.binary?.hash ?? null,
  signers: [],
  trusted: [],
  capabilities: manifest?.capabilities ?? [],
  tier: null,
  state: 'refused',
  reason: `${error.code}: ${error.message}`,
});

/** Those that lie on disk, and those that come with the node and run in a process of their own. */
export function consensusReport(
  verified: readonly Verified[],
  { plugins, refusals }: Pick<Runner, 'plugins' | 'refusals'>,
  monitor: Monitor,
): Report[] {
  const runs = ({ codeHash }: Verified, plugin: Plugin): boolean => plugin.codeHash === codeHash;
  const here = verified.filter(({ manifest }) => manifest.provides === 'consensus');
  return [
    ...here.flatMap((each): Report[] => {
      const own = { ...NOTHING, ...described(each) };
      // One for each id that runs it.
      const running = plugins.filter(one => runs(each, one));
      if (running.length > 0)
        return running.map(plugin => ({ ...own, tier: plugin.tier, ...runningAs(plugin, monitor) }));
      const refusal = refusals.get(each.codeHash);
      return refusal === undefined
        ? [{ ...own, ...AVAILABLE }]
        : [{ ...own, state: 'refused' as const, reason: refusal }];
    }),
    ...plugins
      .filter(plugin => !here.some(each => runs(each, plugin)))
      .map(plugin => ({
        ...NOTHING,
        name: plugin.shell.info.name,
        version: plugin.shell.info.version,
        provides: 'consensus' as const,
        codeHash: plugin.codeHash ?? null,
        signers: [],
        trusted: [],
        capabilities: plugin.shell.info.requires,
        tier: plugin.tier,
        ...runningAs(plugin, monitor),
      })),
  ];
}

const AVAILABLE = { state: 'available', reason: 'no id of the chain runs it on this node' } as const;

function runningAs(plugin: Plugin, monitor: Monitor) {
  const { memory = null, cpu = null } = monitor.resources(plugin) ?? {};
  return {
    state: plugin.live === null ? 'waiting' : 'running',
    reason: plugin.live === null ? 'its process ended; the next question starts it again' : null,
    restarts: Math.max(0, plugin.figures.starts - 1),
    errors: plugin.figures.failures,
    lastError: plugin.lastError,
    memory,
    cpu,
  } as const;
}

export interface Monitor {
  resources(plugin: Plugin): Resources | null;
  stop(): void;
}

/**
 * Pings the processes of consensus modules and looks at what they use. They are never put into quarantine: a node
 * without an answer of one cannot go on, so it asks again (spec section 6, rule 3).
 */
export function createMonitor(
  { plugins }: { readonly plugins: readonly Plugin[] },
  log: Log,
  every: number,
): Monitor {
  const used = new Map<Plugin, Resources>();
  const asked = new Set<Plugin>();

  async function look(plugin: Plugin): Promise<void> {
    const { live } = plugin;
    if (live === null) used.delete(plugin);
    if (live === null || asked.has(plugin)) return;
    asked.add(plugin);
    const { failures } = plugin.figures;
    try {
      const found = await resourcesOf(live.pid);
      if (found !== null) used.set(plugin, found);
      await plugin.request(live, { kind: 'ping' }, 'a ping');
    } catch (error) {
      // It waited behind a question that ended the process: whoever asked that has told of it.
      if (plugin.figures.failures > failures) return;
      if (error instanceof PluginError) plugin.failed(error, {}, 'a consensus module does not answer a ping');
      else log.error({ plugin: plugin.label, err: error }, 'a consensus module cannot be watched');
    } finally {
      asked.delete(plugin);
    }
  }
  const tick = (): void => plugins.forEach(plugin => void look(plugin));
  const timer = setInterval(tick, every);
  timer.unref();
  return {
    resources: plugin => used.get(plugin) ?? null,
    stop: () => clearInterval(timer),
  };
}
