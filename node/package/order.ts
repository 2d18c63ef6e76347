/** Which plugin is loaded after which (spec section 7). */
import semver from 'semver';
import { PackageError } from './errors.ts';
import type { Manifest } from './manifest.ts';

/** The name under which a plugin can ask for a version of the host itself. */
export const HOST = 'devnet';

type Named = Pick<Manifest, 'name' | 'version' | 'dependencies' | 'optional_dependencies'>;

/**
 * Plugins in an order in which each comes after all that it depends on; among those that could come next, by name. An
 * optional dependency that is absent or of another version is left out. Throws {@link PackageError}
 * MISSING_DEPENDENCY, DEPENDENCY_VERSION, DEPENDENCY_CYCLE or DUPLICATE_PLUGIN.
 */
export function loadOrder<P extends Named>(plugins: readonly P[], hostVersion: string): P[] {
  const present = new Map(
    [...plugins].sort((a, b) => (a.name < b.name ? -1 : 1)).map(plugin => [plugin.name, plugin]),
  );
  if (present.size !== plugins.length) throw duplicate(plugins);
  const versions = new Map([...present.values()].map(({ name, version }) => [name, version]));
  versions.set(HOST, hostVersion);
  const waiting = new Map([...present].map(([name, plugin]) => [name, needs(plugin, versions)]));

  const order: P[] = [];
  while (waiting.size > 0) {
    const next = [...waiting].find(([, needed]) => needed.every(name => !waiting.has(name)))?.[0];
    const plugin = next === undefined ? undefined : present.get(next);
    if (next === undefined || plugin === undefined) throw cycle(waiting);
    waiting.delete(next);
    order.push(plugin);
  }
  return order;
}

/** A plugin and all that cannot work without it, dependents first: the order in which they are unloaded. */
export function unloadOrder<P extends Named>(name: string, loaded: readonly P[]): P[] {
  const leaving = new Set([name]);
  for (let size = 0; size !== leaving.size; ) {
    size = leaving.size;
    for (const plugin of loaded)
      if (Object.keys(plugin.dependencies).some(key => leaving.has(key))) leaving.add(plugin.name);
  }
  return loaded.filter(plugin => leaving.has(plugin.name)).reverse();
}

/** Names of the plugins that must be loaded before this one. */
function needs(plugin: Named, versions: ReadonlyMap<string, string>): string[] {
  for (const [name, range] of Object.entries(plugin.dependencies)) {
    const version = versions.get(name);
    if (version === undefined)
      throw new PackageError(
        'MISSING_DEPENDENCY',
        `${plugin.name} ${plugin.version} needs ${name} ${range}, which is not here`,
        `devnet plugin install the package of ${name}`,
      );
    if (!satisfies(version, range))
      throw new PackageError(
        'DEPENDENCY_VERSION',
        `${plugin.name} ${plugin.version} needs ${name} ${range}, and ${name} ${version} is here`,
        `install a version of ${name} in that range, or a newer ${plugin.name}`,
      );
  }
  const optional = Object.entries(plugin.optional_dependencies)
    .filter(([name, range]) => satisfies(versions.get(name) ?? '', range))
    .map(([name]) => name);
  return [...Object.keys(plugin.dependencies), ...optional].filter(name => name !== HOST);
}

/** A pre-release counts as the version that it leads to. */
const satisfies = (version: string, range: string): boolean =>
  semver.satisfies(version, range, { includePrerelease: true });

function cycle(waiting: ReadonlyMap<string, readonly string[]>): PackageError {
  const trail: string[] = [];
  let at = [...waiting.keys()][0] ?? '';
  while (!trail.includes(at)) {
    trail.push(at);
    at = waiting.get(at)?.find(name => waiting.has(name)) ?? at;
  }
  const circle = [...trail.slice(trail.indexOf(at)), at].join(' -> ');
  return new PackageError(
    'DEPENDENCY_CYCLE',
    `plugins depend on each other in a circle: ${circle}`,
    'one of them must do without',
  );
}

function duplicate(plugins: readonly Named[]): PackageError {
  const names = plugins.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index) ?? '';
  return new PackageError('DUPLICATE_PLUGIN', `two plugins are named ${twice}`, 'remove one of them');
}
