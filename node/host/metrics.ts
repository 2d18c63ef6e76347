/** Figures of the plugins of a node. */
import { Gauge, type Registry } from 'prom-client';
import type { PluginJson } from '../client/wirePlugins.ts';
import { TIERS } from '../package/index.ts';

export type HostedPlugin = Pick<
  PluginJson,
  'name' | 'tier' | 'state' | 'restarts' | 'errors' | 'memory' | 'cpu'
>;

const FIGURES: readonly (readonly [
  name: string,
  help: string,
  read: (plugin: HostedPlugin) => number | null,
])[] = [
  ['hosted_running', '1 while the plugin runs', ({ state }) => Number(state === 'running')],
  [
    'hosted_quarantined',
    '1 while the plugin is in quarantine',
    ({ state }) => Number(state === 'quarantined'),
  ],
  [
    'hosted_tier',
    'The isolation of its process: 1 to 3 for T1 to T3, 0 for none',
    ({ tier }) => (tier === null ? 0 : TIERS.indexOf(tier) + 1),
  ],
  ['hosted_restarts', 'Starts of the process after the first', ({ restarts }) => restarts],
  ['hosted_errors', 'Crashes, and failures that did not end it', ({ errors }) => errors],
  [
    'hosted_resident_memory_bytes',
    'Resident memory of the process, where the system tells',
    ({ memory }) => memory,
  ],
  ['hosted_cpu_seconds', 'CPU time of the process, where the system tells', ({ cpu }) => cpu],
];

export function countHosted(registry: Registry, plugins: () => readonly HostedPlugin[]): void {
  for (const [name, help, read] of FIGURES)
    new Gauge({
      name: `devnet_plugin_${name}`,
      help,
      labelNames: ['plugin'],
      registers: [registry],
      collect() {
        this.reset();
        for (const plugin of plugins()) {
          const value = read(plugin);
          if (value !== null) this.set({ plugin: plugin.name }, value);
        }
      },
    });
}
