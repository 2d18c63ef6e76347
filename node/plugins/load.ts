/** The consensus modules of a chain on this node: which run in this process, and which in one of their own. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Genesis, Mechanisms } from '../../chain/index.ts';
import { builtinCodeHash, builtins } from '../../consensus/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import { messageOf } from '../errors.ts';
import { isolatedCommand, loadable, probeIsolation, tierFor } from '../isolation/index.ts';
import { missingCode, type WantedCode, wantedBuiltin } from '../mechanisms.ts';
import type { NodeOptions } from '../options.ts';
import type { Log } from '../ordering/types.ts';
import type { Tier } from '../package/manifest.ts';
import { pluginOptions } from './consensus.ts';
import type { PluginCommand } from './launch.ts';
import { openPlugin, type Plugin } from './plugin.ts';
import type { PluginCode } from './process.ts';
import { createRunner, type Runner } from './runner.ts';

type ConsensusOptions = NonNullable<NodeOptions['consensus']>;

/**
 * Finds or starts all of them. Throws NodeError CONSENSUS_CODE_MISSING, and PluginError; nothing is left running then.
 */
export async function openRunner(genesis: Genesis, options: ConsensusOptions, log: Log): Promise<Runner> {
  const plugins: Plugin[] = [];
  const mechanisms = new Map<number, ReturnType<Mechanisms['get']> & object>();
  try {
    for (const entry of genesis.consensus) {
      const option = options.find(({ id }) => id === entry.id);
      if (option?.runner === 'process') {
        const code = await codeOf(entry, option);
        const start = await startOf(entry, code, option.isolation, log);
        const plugin = await openPlugin(pluginOptions({ consensus: entry.id, ...start, log }));
        plugins.push(plugin);
        mechanisms.set(entry.id, plugin.shell);
      } else mechanisms.set(entry.id, wantedBuiltin(entry));
    }
    return createRunner(mechanisms, plugins);
  } catch (error) {
    await Promise.all(plugins.map(plugin => plugin.close()));
    throw error;
  }
}

/** With what stands around the process. Throws IsolationError where this machine lacks what is demanded. */
async function startOf(
  { name, version }: WantedCode,
  code: PluginCode,
  isolation: Tier | undefined,
  log: Log,
): Promise<{ readonly code: PluginCode; readonly command?: PluginCommand }> {
  if (isolation === undefined) return { code };
  const report = await probeIsolation();
  for (const { part, ok, detail } of report.findings)
    if (!ok) log.warn({ part, detail }, 'a part of the isolation of plugins is missing on this machine');
  const tier = tierFor({ name, version, isolation, requires: undefined }, report);
  log.info({ plugin: `${name}@${version}`, tier, tiers: report.tiers }, 'a consensus module is isolated');
  const url = await loadable(code.url);
  return { code: { ...code, url }, command: await isolatedCommand(tier, url) };
}

/** A file whose hash the chain pins, or without one the node's own code. */
async function codeOf(
  wanted: WantedCode,
  { file, exportName }: ConsensusOptions[number],
): Promise<PluginCode> {
  const { name, version } = wanted;
  if (file === undefined) {
    const own = wantedBuiltin(wanted);
    const exported = Object.entries(EXPORTS).find(([key]) => builtins[key] === own)?.[1];
    if (exported === undefined || builtinCodeHash(own) !== wanted.codeHash)
      throw missingCode(wanted, 'no file was named, and it does not come with this node');
    return { url: ownCode(), exportName: exported, name, version };
  }
  const hash = await hashOfFile(file, wanted);
  if (hash !== wanted.codeHash) throw missingCode(wanted, `${file} has the hash ${hash}`);
  return { url: pathToFileURL(file).href, exportName: exportName ?? 'default', name, version };
}

/** Exports of consensus/index.ts by what they are on chain. */
const EXPORTS: Readonly<Record<string, string>> = { 'consensus-0@1.0.0': 'consensus0' };

/** In source form the file itself, beside the bundle its own one. */
const ownCode = (): string =>
  import.meta.url.endsWith('.ts')
    ? new URL('../../consensus/index.ts', import.meta.url).href
    : new URL('./mechanisms.js', import.meta.url).href;

async function hashOfFile(file: string, wanted: WantedCode): Promise<Hex> {
  try {
    return `0x${createHash('sha256')
      .update(await readFile(file))
      .digest('hex')}`;
  } catch (error) {
    throw missingCode(wanted, `${file} cannot be read: ${messageOf(error)}`);
  }
}
