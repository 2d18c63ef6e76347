/** How the process of a consensus module is started where nothing stronger is asked for. */
import { fileURLToPath } from 'node:url';
import type { Hex } from '../../consensus/interface/index.ts';
import type { Log } from '../ordering/types.ts';
import type { Tier } from '../package/index.ts';
import type { PluginCommand } from './launch.ts';
import type { PluginOptions } from './plugin.ts';
import type { PluginCode } from './process.ts';

/** Milliseconds: loading the code, and one request. */
const START_DEADLINE = 20_000;
const REQUEST_DEADLINE = 10_000;
/**
 * The same in the metered machine, whose fuel ends everything by itself, at the same point on every machine: a deadline must
 * not come before that on a slow one. All the fuel of one job lasts some 10 s.
 */
const METERED_DEADLINE = 180_000;
const ATTEMPTS = 3;
const BACK_OFF = 200;

/** Node with the entry of a plugin process: beside this file in source form, beside the bundle in the built one. */
export function plainCommand(flags: readonly string[] = []): PluginCommand {
  const source = import.meta.url.endsWith('.ts');
  const entry = new URL(source ? './child/fromSource.js' : './plugin.js', import.meta.url);
  return { file: process.execPath, args: [...flags, fileURLToPath(entry)], env: {} };
}

export interface Wanted {
  readonly consensus: number;
  readonly code: PluginCode;
  readonly codeHash?: Hex;
  readonly command?: PluginCommand;
  /** What the command puts around the process; null for nothing. */
  readonly tier?: Tier | null;
  readonly log: Log;
}

export function pluginOptions({
  consensus,
  code,
  codeHash,
  command = plainCommand(),
  tier = null,
  log,
}: Wanted): PluginOptions {
  return {
    consensus,
    codeHash,
    tier,
    label: `consensus ${consensus}, ${code.name}@${code.version}`,
    code,
    command,
    startDeadline: tier === 'T3' ? METERED_DEADLINE : START_DEADLINE,
    requestDeadline: tier === 'T3' ? METERED_DEADLINE : REQUEST_DEADLINE,
    attempts: ATTEMPTS,
    backOff: BACK_OFF,
    log,
  };
}
