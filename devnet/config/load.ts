import type { z } from 'zod';
import { CliError, EXIT } from '../errors.ts';
import { type RawSettings, readConfigFile } from './file.ts';
import { Settings } from './settings.ts';

export interface Sources {
  /** Only the flags that were given. */
  readonly flags: RawSettings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly config: string | undefined;
  readonly profile: string | undefined;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** Names that somebody set, whatever the source. */
  readonly given: ReadonlySet<string>;
}

/** Settings of `devnet up`: flags, then environment, then devnet.toml, then defaults. */
export function loadSettings({ flags, environment, config, profile }: Sources): LoadedSettings {
  const raw = { ...readConfigFile(config, profile), ...fromEnvironment(environment), ...flags };
  const parsed = Settings.safeParse(raw);
  if (!parsed.success) throw badSetting(parsed.error.issues[0], raw);
  return { settings: parsed.data, given: new Set(Object.keys(raw)) };
}

/** `DEVNET_BLOCK_TIME=500` sets `block-time`. */
function fromEnvironment(environment: Sources['environment']): RawSettings {
  return Object.fromEntries(
    Object.keys(Settings.shape).flatMap(name => {
      if (name === 'plugins') return [];
      const value = environment[`DEVNET_${name.toUpperCase().replaceAll('-', '_')}`];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

function badSetting(issue: z.core.$ZodIssue | undefined, raw: RawSettings): CliError {
  const name = issue?.path.join('.') ?? 'settings';
  const value = raw[name];
  const isShown = (typeof value === 'string' && value !== '') || typeof value === 'number';
  const not = isShown ? `, not ${value}` : '';
  return new CliError(
    'BAD_SETTING',
    `${name}: ${issue === undefined ? 'invalid' : expectation(issue, not)}`,
    'devnet up --help shows what each setting takes',
    EXIT.usage,
  );
}

/** What a setting should have been; the words of the validator where ours say no more. */
function expectation(issue: z.core.$ZodIssue, not: string): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'number' ? `expected a number${not}` : `${issue.message}${not}`;
    case 'too_small':
      return `expected at least ${issue.minimum}${not}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${not}`;
    case 'invalid_value':
      return `expected ${issue.values.join(' or ')}${not}`;
    case 'invalid_union':
      return `expected auto, manual, or milliseconds from 10 to 3600000${not}`;
    default:
      return issue.message;
  }
}
