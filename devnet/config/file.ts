import { existsSync, readFileSync } from 'node:fs';
import { placeOf, readToml } from '../../node/package/toml.ts';
import { CliError, EXIT } from '../errors.ts';
import { Settings } from './settings.ts';

export type RawSettings = Readonly<Record<string, unknown>>;

const DEFAULT_FILE = 'devnet.toml';

/**
 * Reads devnet.toml: `schema = 1`, settings at the top level, and `[profiles.<name>]` tables that override them.
 * Without a path the file is optional.
 */
export function readConfigFile(path: string | undefined, profile: string | undefined): RawSettings {
  const file = path ?? DEFAULT_FILE;
  if (!existsSync(file)) {
    if (path === undefined && profile === undefined) return {};
    throw configError(
      `${file} does not exist`,
      'name a file with --config, or leave it out to use the defaults',
    );
  }
  const source = readFileSync(file, 'utf8');
  const { schema, profiles, ...settings } = parseToml(file, source);
  if (schema !== 1)
    throw configError(
      `${file}: schema is ${String(schema)}, this devnet reads schema = 1`,
      'begin the file with schema = 1',
    );
  checkKeys(file, source, settings);
  if (profile === undefined) return settings;
  const chosen = isTable(profiles) ? profiles[profile] : undefined;
  if (!isTable(chosen))
    throw configError(`${file} has no profile ${profile}`, `add a table [profiles.${profile}]`);
  checkKeys(file, source, chosen, ['profiles', profile]);
  return { ...settings, ...chosen };
}

function parseToml(file: string, source: string): RawSettings {
  const toml = readToml(source);
  if (toml.ok) return toml.value;
  const { line, column } = toml.place;
  throw configError(`${file}:${line}:${column}: ${toml.reason}`, 'see https://toml.io for the syntax');
}

/** `table`: where the settings stand in the file. */
function checkKeys(file: string, source: string, settings: RawSettings, table: readonly string[] = []): void {
  for (const key of Object.keys(settings)) {
    if (key in Settings.shape) continue;
    const { line, column } = placeOf(source, [...table, key]);
    throw configError(
      `${file}:${line}:${column}: unknown setting ${key}`,
      `known settings: ${Object.keys(Settings.shape).join(', ')}`,
    );
  }
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const configError = (message: string, hint: string): CliError =>
  new CliError('BAD_CONFIG', message, hint, EXIT.usage);
