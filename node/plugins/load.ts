/** Finds the code that a chain names, by hash: in this process, or in a process of its own. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { type Code, codeName, type PinnedCode } from '../../chain/index.ts';
import { builtinCodeHash, builtins } from '../../consensus/index.ts';
import type { Capability, ConsensusModule, Hex } from '../../consensus/interface/index.ts';
import { messageOf, NodeError } from '../errors.ts';
import {
  IsolationError,
  type IsolationReport,
  isolatedCommand,
  isWeaker,
  loadable,
  probeIsolation,
  tierFor,
} from '../isolation/index.ts';
import { missingCode, type WantedCode, wantedBuiltin } from '../mechanisms.ts';
import type { NodeOptions } from '../options.ts';
import type { Log } from '../ordering/types.ts';
import { findCode, type Manifest, type Tier } from '../package/index.ts';
import { pluginOptions } from './consensus.ts';
import type { PluginCommand } from './launch.ts';
import { openPlugin, type Plugin, type PluginOptions } from './plugin.ts';
import type { PluginCode } from './process.ts';

type ConsensusOptions = NonNullable<NodeOptions['consensus']>;

export interface CodeSources {
  readonly consensus: ConsensusOptions;
  /** The plugins directory; without it there are built-in modules and files that were named. */
  readonly directory: string | undefined;
  /** What this machine can put around a process; found out where nobody did. */
  readonly isolation?: () => Promise<IsolationReport>;
  /** What the operator demands for every plugin. */
  readonly minimum?: Tier | undefined;
  /** What a test sets otherwise. */
  readonly patience?: Partial<
    Pick<PluginOptions, 'startDeadline' | 'requestDeadline' | 'attempts' | 'backOff'>
  >;
  readonly log: Log;
}

/** Code that is loaded, and more of it on demand. */
export interface CodeLoader extends Code {
  /** Those that run now. */
  readonly plugins: Iterable<Plugin>;
  /** Why code could not be loaded when it was last tried, by its hash. */
  readonly refusals: ReadonlyMap<Hex, string>;
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
  const refusals = new Map<Hex, string>();
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
    const started = start(key, wanted)
      .then(
        () => void refusals.delete(wanted.codeHash),
        (error: unknown) => {
          refusals.set(wanted.codeHash, messageOf(error));
          throw error;
        },
      )
      .finally(() => starting.delete(key));
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
    const plugin = await openLocated(found, wanted, sources, known.get(key));
    if (isClosed) {
      await plugin.close();
      return;
    }
    running.set(key, plugin);
    known.set(key, plugin.shell);
  }

  return {
    plugins: { [Symbol.iterator]: () => running.values() },
    refusals,
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
  /** What stands around the process; null for code that comes with the node, where nobody demands anything. */
  readonly demands: Pick<Manifest, 'isolation' | 'requires'> | null;
  /** What its manifest says that it may do; undefined for code without one. */
  readonly granted?: readonly Capability[];
}

/** Throws NodeError CONSENSUS_CODE_MISSING, which names what was found instead. */
async function locate(wanted: WantedCode, { consensus, directory }: CodeSources): Promise<Located> {
  const option = consensus.find(({ id }) => id === wanted.id);
  const isolation = option?.isolation;
  const own = builtins[codeName(wanted)];
  if (own !== undefined && builtinCodeHash(own) === wanted.codeHash && option?.file === undefined) {
    if (option?.runner !== 'process') return { module: own };
    return { code: builtinCode(wanted), demands: isolation === undefined ? null : { isolation } };
  }
  const named = option?.file === undefined ? null : await namedFile(wanted, option.file, option.exportName);
  if (named !== null && 'code' in named) return { ...named, demands: { isolation: isolation ?? 'T1' } };
  const found = directory === undefined ? null : await findCode(directory, wanted.codeHash);
  if (found !== null) {
    const { manifest } = found.plugin;
    const demands = { ...manifest, isolation: stronger(manifest.isolation, isolation) };
    return { code: fileCode(wanted, found.file), demands, granted: manifest.capabilities };
  }
  if (named !== null) throw missingCode(wanted, named.instead, directory);
  if (directory === undefined) return { module: wantedBuiltin(wanted) };
  throw missingCode(wanted, `no folder of ${directory} holds it`, directory);
}

/** Starts it with what stands around it. Throws NodeError CONSENSUS_CODE_REFUSED, and PluginError. */
async function openLocated(
  { code, demands, granted }: Isolated,
  wanted: WantedCode,
  sources: CodeSources,
  /** Of code that ran before. */
  shell: ConsensusModule | undefined,
): Promise<Plugin> {
  const { log, patience } = sources;
  const around = await aroundOf({ code, demands }, wanted, sources);
  const { id, codeHash } = wanted;
  const options = pluginOptions({ consensus: id, codeHash, ...around, log });
  const plugin = await openPlugin({ ...options, ...patience, shell });
  try {
    if (granted !== undefined) requireGranted(plugin, wanted, granted);
    return plugin;
  } catch (error) {
    await plugin.close();
    throw error;
  }
}

interface Surrounded {
  readonly code: PluginCode;
  readonly command?: PluginCommand;
  readonly tier: Tier | null;
}

async function aroundOf(
  { code, demands }: Isolated,
  wanted: WantedCode,
  { isolation = probeIsolation, minimum, log }: CodeSources,
): Promise<Surrounded> {
  if (demands === null && minimum === undefined) return { code, tier: null };
  const report = await isolation();
  const tier = refusing(wanted, () => {
    const { name, version } = code;
    return tierFor({ name, version, provides: 'consensus', isolation: 'T1', ...demands }, report, minimum);
  });
  log.info({ plugin: codeName(wanted), tier, tiers: report.tiers }, 'a consensus module is isolated');
  const url = await loadable(code.url);
  return { code: { ...code, url }, command: await isolatedCommand(tier, url), tier };
}

/** What the machine lacks is a reason not to run code, as is that it is missing. */
function refusing<T>(wanted: WantedCode, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof IsolationError)) throw error;
    throw refusedCode(wanted, error.message, error.hint, error);
  }
}

/** The operator was shown a manifest: code that needs more than that does not run. */
function requireGranted({ shell }: Plugin, wanted: WantedCode, granted: readonly Capability[]): void {
  const missing = shell.info.requires.filter(capability => !granted.includes(capability));
  if (missing.length === 0) return;
  throw refusedCode(
    wanted,
    `its manifest grants ${granted.join(', ') || 'nothing'}, and its code needs ${missing.join(', ')} too`,
    'name all of them under capabilities in module.toml, and pack and sign it again',
  );
}

const refusedCode = (wanted: WantedCode, reason: string, hint: string, cause?: unknown): NodeError =>
  new NodeError(
    'CONSENSUS_CODE_REFUSED',
    `consensus module ${wanted.id} is ${codeName(wanted)} with code hash ${wanted.codeHash}: ${reason}`,
    hint,
    { cause },
  );

const stronger = (one: Tier, other: Tier | undefined): Tier =>
  other === undefined || isWeaker(other, one) ? one : other;

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
const EXPORTS: Readonly<Record<string, string>> = {
  'consensus-0@1.0.0': 'consensus0',
  'cells@1.0.0': 'cells',
};

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
