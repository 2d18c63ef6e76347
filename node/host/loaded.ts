/** Which plugins are loaded, told to whoever listens; who comes late is told what it missed (spec section 7). */
import type { Notices } from '../client/wire.ts';

export type PluginNotice = Notices['plugin'];

export interface LoadedPlugins {
  add(plugin: { readonly codeHash: string; readonly name: string; readonly version: string }): void;
  remove(name: string): void;
  has(name: string): boolean;
  /** One notice for each that is loaded, in the order of loading. */
  replay(): readonly PluginNotice[];
  listen(listener: (notice: PluginNotice) => void): () => void;
}

export function createLoaded(): LoadedPlugins {
  const loaded = new Map<string, Extract<PluginNotice, { kind: 'ModuleLoaded' }>>();
  const listeners = new Set<(notice: PluginNotice) => void>();
  const tell = (notice: PluginNotice): void => {
    for (const listener of listeners) listener(notice);
  };
  return {
    add({ codeHash, name, version }) {
      const notice = { kind: 'ModuleLoaded', module_id: codeHash, module_name: name, version } as const;
      loaded.set(name, notice);
      tell(notice);
    },
    remove(name) {
      const found = loaded.get(name);
      if (found === undefined) return;
      loaded.delete(name);
      const { module_id, module_name } = found;
      tell({ kind: 'ModuleUnloaded', module_id, module_name });
    },
    has: name => loaded.has(name),
    replay: () => [...loaded.values()],
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
