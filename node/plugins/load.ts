/** Finds the code that a chain names, by hash: in this process, or in a process of its own. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { type Code, codeName, type PinnedCode } from '../../chain/index.ts';
import { builtinCodeHash, builtins } from '../../consensus/index.ts';
import type { ConsensusModule, Hex } from '../../consensus/interface/index.ts';
import { messageOf } from '../errors.ts';
import { isolatedCommand, loadable, probeIsolation, tierFor } from '../isolation/index.ts';
import { missingCode, type WantedCode, wantedBuiltin } from '../mechanisms.ts';
import type { NodeOptions } from '../options.ts';
import type { Log } from '../ordering/types.ts';
import { findCode, type Manifest, type Tier } from '../package/index.ts';
import { pluginOptions } from './consensus.ts';
import type { PluginCommand } from './launch.ts';
import { openPlugin, type Plugin } from './plugin.ts';
import type { PluginCode } from './process.ts';

type ConsensusOptions = NonNullable<NodeOptions['consensus']>;

export interface CodeSources {
  readonly consensus: ConsensusOptions;
  /** The plugins directory; without it there are built-in modules and files that were named. */
  readonly directory: string | undefined;
  readonly log: Log;
}

/** Code that is loaded, and more of it on demand. */
export interface CodeLoader extends Code {
  /** Those that run now. */
  readonly plugins: Iterable<Plugin>;
  /** Throws NodeError CONSENSUS_CODE_MISSING, and PluginError where code cannot be started. */
  load(wanted: readonly WantedCode[]): Promise<void>;
  /** The same; it is not ended before the function that this answers with is called. */
  hold(wanted: readonly WantedCode[]): Promise<() => void>;
  /** Ends the processes of all code that is not held; how it describes itself stays known, for blocks of the past. */
  keep(wanted: readonly WantedCode[]): Promise<void>;
  close(): Promise<void>;
}

const keyOf = (id: number, pinned: PinnedCode): string => `${id} ${codeName(pinned)} ${pinned.codeHash}`;

export function createLoader(sources: CodeSources): CodeLoader {
  const known = new Map<string, ConsensusModule>();
  const running = new Map<string, Plugin>();
  const starting = new Map<string, Promise<void>>();
  const here = new Set<string>();
  /** How many hold it. */
  const held = new Map<string, number>();
  let isClosed = false;

  async function load(wanted: readonly WantedCode[]): Promise<void> {
    await Promise.all(wanted.map(loadOne));
  }

  function count(wanted: readonly WantedCode[], change: 1 | -1): void {
    for (const one of wanted) {
      const key = keyOf(one.id, one);
      const holders = (held.get(key) ?? 0) + change;
      if (holders === 0) held.delete(key);
      else held.set(key, holders);
    }
  }

  function loadOne(wanted: WantedCode): Promise<void> {
    const key = keyOf(wanted.id, wanted);
    if (here.has(key) || running.has(key)) return Promise.resolve();
    const underWay = starting.get(key);
    if (underWay !== undefined) return underWay;
    const started = start(key, wanted).finally(() => starting.delete(key));
    starting.set(key, started);
    return started;
  }

  async function start(key: string, wanted: WantedCode): Promise<void> {
    const found = await locate(wanted, sources);
    if ('module' in found) {
      known.set(key, found.module);
      here.add(key);
      return;
    }
    const { log } = sources;
    const command = await startOf(found, log);
    const options = pluginOptions({ consensus: wanted.id, ...command, log });
    const plugin = await openPlugin({ ...options, shell: known.get(key) });
    if (isClosed) {
      await plugin.close();
      return;
    }
    running.set(key, plugin);
    known.set(key, plugin.shell);
  }

  return {
    plugins: { [Symbol.iterator]: () => running.values() },
    get: (id, pinned) => known.get(keyOf(id, pinned)),
    load,
    async hold(wanted) {
      count(wanted, 1);
      try {
        await load(wanted);
      } catch (error) {
        count(wanted, -1);
        throw error;
      }
      return () => count(wanted, -1);
    },
    async keep(wanted) {
      const kept = new Set([...wanted.map(one => keyOf(one.id, one)), ...held.keys()]);
      const ended = [...running].filter(([key]) => !kept.has(key));
      for (const [key] of ended) running.delete(key);
      await Promise.all(ended.map(([, plugin]) => plugin.close()));
    },
    async close() {
      isClosed = true;
      await Promise.all(Array.from(running.values(), plugin => plugin.close()));
    },
  };
}

/** The module itself where it runs in this process, else the file to start. */
type Located = { readonly module: ConsensusModule } | Isolated;

interface Isolated {
  readonly code: PluginCode;
  /** What the node's options or the manifest demand around it; undefined for nothing. */
  readonly isolation: Tier | undefined;
  readonly requires?: Manifest['requires'];
}

/** Throws NodeError CONSENSUS_CODE_MISSING, which names what was found instead. */
async function locate(wanted: WantedCode, { consensus, directory }: CodeSources): Promise<Located> {
  const option = consensus.find(({ id }) => id === wanted.id);
  const isolated = option?.runner === 'process';
  const ownName = codeName(wanted);
  const own = builtins[ownName];
  if (own !== undefined && builtinCodeHash(own) === wanted.codeHash && option?.file === undefined)
    return isolated ? { code: builtinCode(wanted), isolation: option?.isolation } : { module: own };
  const named = option?.file === undefined ? null : await namedFile(wanted, option.file, option.exportName);
  if (named !== null && 'code' in named) return { ...named, isolation: option?.isolation };
  const found = directory === undefined ? null : await findCode(directory, wanted.codeHash);
  if (found !== null) {
    const { isolation, requires } = found.plugin.manifest;
    return { code: fileCode(wanted, found.file), isolation: option?.isolation ?? isolation, requires };
  }
  if (named !== null) throw missingCode(wanted, named.instead, directory);
  if (directory === undefined) return { module: wantedBuiltin(wanted) };
  throw missingCode(wanted, `no folder of ${directory} holds it`, directory);
}

/** With what stands around the process. Throws IsolationError where this machine lacks what is demanded. */
async function startOf(
  { code, isolation, requires }: Isolated,
  log: Log,
): Promise<{ readonly code: PluginCode; readonly command?: PluginCommand }> {
  if (isolation === undefined) return { code };
  const { name, version } = code;
  const report = await probeIsolation();
  for (const { part, ok, detail } of report.findings)
    if (!ok) log.warn({ part, detail }, 'a part of the isolation of plugins is missing on this machine');
  const tier = tierFor({ name, version, isolation, requires }, report);
  log.info({ plugin: `${name}@${version}`, tier, tiers: report.tiers }, 'a consensus module is isolated');
  const url = await loadable(code.url);
  return { code: { ...code, url }, command: await isolatedCommand(tier, url) };
}

const fileCode = ({ name, version }: WantedCode, file: string, exportName = 'default'): PluginCode => ({
  url: pathToFileURL(file).href,
  exportName,
  name,
  version,
});

async function namedFile(
  wanted: WantedCode,
  file: string,
  exportName: string | undefined,
): Promise<{ readonly code: PluginCode } | { readonly instead: string }> {
  try {
    const hash: Hex = `0x${createHash('sha256')
      .update(await readFile(file))
      .digest('hex')}`;
    if (hash !== wanted.codeHash) return { instead: `${file} has the hash ${hash}` };
    return { code: fileCode(wanted, file, exportName) };
  } catch (error) {
    return { instead: `${file} cannot be read: ${messageOf(error)}` };
  }
}

/** Exports of consensus/index.ts by what they are on chain. */
const EXPORTS: Readonly<Record<string, string>> = { 'consensus-0@1.0.0': 'consensus0' };

function builtinCode(wanted: WantedCode): PluginCode {
  const { name, version } = wanted;
  const exportName = EXPORTS[codeName(wanted)];
  if (exportName === undefined) throw missingCode(wanted, 'it cannot run in a process of its own');
  return { url: ownCode(), exportName, name, version };
}

/** In source form the file itself, beside the bundle its own one. */
const ownCode = (): string =>
  import.meta.url.endsWith('.ts')
    ? new URL('../../consensus/index.ts', import.meta.url).href
    : new URL('./mechanisms.js', import.meta.url).href;
