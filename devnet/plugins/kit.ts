import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Loader, Plugin } from 'esbuild';
import { ownEntry } from './root.ts';

const NAMESPACE = 'devnet';
const LOADERS: Readonly<Record<string, Loader>> = { '.ts': 'ts', '.js': 'js' };

/**
 * Bundles `devnet/consensus` from wherever the plugin's folder finds it, or from the devnet that runs, under names that
 * do not tell where that is: the code of a plugin must have the same bytes on every machine.
 */
export const kitFrom = (directory: string): Plugin => ({
  name: 'devnet-kit',
  setup(build) {
    build.onResolve({ filter: /^devnet\/consensus$/ }, async ({ path, kind, pluginData }) => {
      if (pluginData === RESOLVING) return undefined;
      const found = await build.resolve(path, { kind, resolveDir: directory, pluginData: RESOLVING });
      const file = found.errors.length > 0 ? ownEntry('consensus') : found.path;
      return { path: basename(file), namespace: NAMESPACE, pluginData: dirname(file) };
    });
    // The interface lies in one folder and imports nothing from outside.
    build.onResolve({ filter: /^\.\//, namespace: NAMESPACE }, ({ path, pluginData }) => ({
      path: basename(path),
      namespace: NAMESPACE,
      pluginData,
    }));
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path, pluginData }) => ({
      contents: (await readFile(join(String(pluginData), path), 'utf8')).replace(
        /^\/\/# sourceMappingURL=.*$/m,
        '',
      ),
      loader: LOADERS[extname(path)] ?? 'js',
      pluginData,
    }));
  },
});

/** Asks esbuild for its own answer. */
const RESOLVING = Symbol('resolving');
