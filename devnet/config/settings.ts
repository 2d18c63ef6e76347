import { z } from 'zod';
import { OPTIONAL_BUILTINS, type OptionalBuiltin } from '../../consensus/index.ts';
import { PluginSettings } from '../../node/options.ts';
import { TIERS } from '../../node/package/index.ts';
import { DEFAULT_LIMITS } from '../../node/rpc/options.ts';
import { parseTokens } from '../amount.ts';

/** Flags and the environment are text. Nothing else is read as a number that is none: not `[3]`, not `true`. */
const number = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
/** `auto`, `manual`, or milliseconds between blocks. */
const blockTime = z
  .union([z.enum(['auto', 'manual']), z.preprocess(number, z.number().int().min(10).max(3_600_000))])
  .describe('auto, manual, or milliseconds between blocks');
const count = (min: number, max: number) =>
  z.preprocess(number, z.number().int('expected a whole number').min(min).max(max));
const tokens = z.coerce.string().transform((text, context) => {
  try {
    return parseTokens(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

/** A list in devnet.toml, or names separated by commas. */
const modules = z
  .union([
    z.string().transform(text =>
      text
        .split(',')
        .map(name => name.trim())
        .filter(Boolean),
    ),
    z.array(z.string()),
  ])
  .transform((names, context): readonly OptionalBuiltin[] => {
    const known = OPTIONAL_BUILTINS.filter(name => names.includes(name));
    if (known.length === names.length) return known;
    context.addIssue({ code: 'custom', message: `each once, of these: ${OPTIONAL_BUILTINS.join(', ')}` });
    return z.NEVER;
  });

/** Settings of `devnet up`. Keys are the flags' names; the same in devnet.toml and, as DEVNET_*, in the environment. */
export const Settings = z.strictObject({
  nodes: count(1, 25).default(4),
  'block-time': blockTime.default('auto'),
  /** Blocks. */
  'epoch-length': count(2, 1_000_000).default(20),
  accounts: count(1, 1000).default(10),
  /** Tokens per funded account; base units in memory. */
  balance: tokens.default(parseTokens('10000')),
  /** Secret phrase of the development accounts and validators. */
  seed: z.string().min(1).optional(),
  /** Built-in consensus modules that the genesis has besides consensus-0, under the ids from 1 on. */
  consensus: modules.default([]),
  /** 0 takes free ports. */
  port: count(0, 65_000).default(8700),
  host: z.string().min(1).default('127.0.0.1'),
  /** Requests of JSON-RPC that one address may send in a second; 0 for no limit. */
  'rpc-rate-limit': count(0, 10_000_000).default(DEFAULT_LIMITS.requestsPerSecond),
  dir: z.string().min(1).default('.devnet'),
  /** Plugins that cannot have this isolation, or a stronger one, are refused. */
  'plugin-isolation': z.enum(TIERS).optional(),
  /** Tables `[plugins.<name>]`: the settings of that plugin. In the file only. */
  plugins: PluginSettings.default({}),
});
export type Settings = z.infer<typeof Settings>;
export type SettingName = keyof Settings;

/** Settings that the genesis fixes: a running chain keeps them. */
export const FIXED_BY_GENESIS = [
  'nodes',
  'epoch-length',
  'accounts',
  'balance',
  'seed',
  'consensus',
] as const satisfies readonly SettingName[];
