/** What the operator sets for a plugin, held against what its manifest describes. */
import { PackageError } from './errors.ts';
import { isOfType, type Manifest } from './manifest.ts';

export type PluginSettings = Readonly<Record<string, string | number | boolean>>;

/** The given values and the defaults of the rest. Throws {@link PackageError} BAD_CONFIG. */
export function pluginSettings(manifest: Manifest, given: Readonly<Record<string, unknown>>): PluginSettings {
  const schema = manifest.config_schema;
  const known = Object.keys(schema).sort();
  for (const [key, value] of Object.entries(given)) {
    const setting = schema[key];
    if (setting === undefined || !Object.hasOwn(schema, key))
      throw badConfig(manifest, `has no setting ${key}`, `its settings: ${known.join(', ') || 'none'}`);
    if (!isOfType(setting.type, value))
      throw badConfig(
        manifest,
        `setting ${key} is not ${setting.type}: ${String(value)}`,
        setting.description,
      );
  }
  const settings: Record<string, string | number | boolean> = {};
  for (const key of known) {
    const value = given[key] ?? schema[key]?.default;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      settings[key] = value;
  }
  return settings;
}

const badConfig = (manifest: Manifest, problem: string, hint: string): PackageError =>
  new PackageError('BAD_CONFIG', `plugin ${manifest.name} ${problem}`, hint);
