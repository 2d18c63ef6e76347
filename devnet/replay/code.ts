/** The code of a plugin for a replay, built from its folder or out of its package, and the code that ran: by hash, in this process. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Code, codeName, getConsensus, getInstallation, type State } from '../../chain/index.ts';
import { builtinCodeHash, builtins } from '../../consensus/index.ts';
import type { ConsensusModule, Hex } from '../../consensus/interface/index.ts';
import {
  codeHash,
  type Discovered,
  discoverPlugins,
  keptDirectory,
  MANIFEST_FILE,
  PackageError,
  parseManifest,
  readPlugin,
} from '../../node/package/index.ts';
import { loadModule } from '../check/subject.ts';
import { CliError } from '../errors.ts';
import { buildCode } from '../plugins/build.ts';
import { readPackage } from '../plugins/package.ts';
import type { NeededCode } from './needed.ts';

/** Loads a plugin's folder or package. */
export const loadPlugin = async (path: string): Promise<ConsensusModule> => loadCode(await codeOf(path));

/** Errors of the code name its author's lines. */
async function loadCode(code: Uint8Array): Promise<ConsensusModule> {
  process.setSourceMapsEnabled(true);
  const directory = mkdtempSync(join(tmpdir(), 'devnet-replay-'));
  try {
    const file = join(directory, 'plugin.mjs');
    writeFileSync(file, code);
    return await loadModule(pathToFileURL(file).href);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function codeOf(path: string): Promise<Uint8Array> {
  const folder = resolve(path);
  if (!existsSync(folder))
    throw new CliError(
      'NO_PLUGIN',
      `${path} is no file and no folder`,
      'name a plugin folder or a .plugin file',
    );
  if (!statSync(folder).isDirectory()) return (await readPackage(folder)).code;
  const manifest = join(folder, MANIFEST_FILE);
  const { entry_point } = parseManifest(await readFile(manifest, 'utf8'), manifest);
  return buildCode(folder, entry_point);
}

export interface Named {
  readonly id: number;
  readonly module: ConsensusModule;
}

export interface CodeSources {
  /** Takes the place of what the chain pins under the same id, name and version, whatever its hash. */
  readonly named: readonly Named[];
  /** Plugins directories: of the devnet, whose nodes keep there by hash what they ran, and others. */
  readonly directories: readonly string[];
}

/** All the code that ran. Throws {@link CliError} CODE_NEEDED, which says for which blocks some is missing. */
export async function codeThatRan(needed: readonly NeededCode[], sources: CodeSources): Promise<Code> {
  const found = new Map<string, ConsensusModule>();
  const missing: NeededCode[] = [];
  for (const one of needed) {
    const module = await moduleThatRan(one, sources);
    if (module === undefined) missing.push(one);
    else found.set(keyOf(one.id, one.codeHash), as(module, one));
  }
  if (missing.length > 0) throw codeNeeded(missing, sources);
  return { get: (id, { codeHash }) => found.get(keyOf(id, codeHash)) };
}

async function moduleThatRan(
  one: NeededCode,
  { named, directories }: CodeSources,
): Promise<ConsensusModule | undefined> {
  const chosen = named.find(({ id, module }) => id === one.id && codeName(module.info) === codeName(one));
  if (chosen !== undefined) return chosen.module;
  const own = builtins[codeName(one)];
  if (own !== undefined && builtinCodeHash(own) === one.codeHash) return own;
  for (const directory of directories) {
    const code = await codeIn(directory, one.codeHash);
    if (code !== null) return loadCode(code);
  }
  return undefined;
}

/** Only reads, unlike a node, which puts its directory in order. */
async function codeIn(directory: string, hash: Hex): Promise<Uint8Array | null> {
  const found = [...(await discoverPlugins(directory)), await discoverPlugin(keptDirectory(directory, hash))];
  const right = found.find(each => each.ok && codeHash(each.plugin.code) === hash);
  return right?.ok === true ? right.plugin.code : null;
}

async function discoverPlugin(directory: string): Promise<Discovered> {
  try {
    return { ok: true, directory, plugin: await readPlugin(directory) };
  } catch (error) {
    if (error instanceof PackageError) return { ok: false, directory, error };
    throw error;
  }
}

function codeNeeded(missing: readonly NeededCode[], { named, directories }: CodeSources): CliError {
  const lines = missing.map(one => {
    const other = named.filter(({ id }) => id === one.id).map(({ module }) => codeName(module.info));
    const instead = other.length === 0 ? '' : `; what was named for it is ${other.join(' and ')}`;
    const blocks = one.from === one.to ? `block ${one.from}` : `blocks ${one.from} to ${one.to}`;
    return `${blocks}: consensus ${one.id} was ${codeName(one)} with code hash ${one.codeHash}${instead}`;
  });
  const [first] = missing;
  return new CliError(
    'CODE_NEEDED',
    `code that ran is not here\n${lines.join('\n')}`,
    `nodes keep what they ran: name the plugins directory of one with --code <folder> (looked into: ${directories.join(', ') || 'none'}), or the code itself with --was ${first?.id ?? 0}=<folder or .plugin file>`,
  );
}

/**
 * The same with other code under one id: in the place of what is in force in a state, or else comes into force next. Code
 * that the chain installs later replaces it again. Throws {@link CliError} UNKNOWN_CONSENSUS or OTHER_STATE_VERSION.
 */
export function withCode(code: Code, { id, module }: Named, state: State): Code {
  const replaced = getConsensus(state, id) ?? getInstallation(state, id);
  if (replaced === undefined)
    throw new CliError(
      'UNKNOWN_CONSENSUS',
      `the chain has no consensus module ${id} there`,
      'devnet consensus list shows them; begin at a later block with --from',
    );
  const { name, version, stateVersion } = replaced;
  if (module.info.stateVersion !== stateVersion)
    throw new CliError(
      'OTHER_STATE_VERSION',
      `the storage of consensus ${id} is that of state version ${stateVersion} there (${name}@${version}), and the changed code is of state version ${module.info.stateVersion}`,
      'begin with --from in a block after the upgrade to that state version',
    );
  const changed = as(module, replaced);
  return {
    get: (asked, pinned) =>
      asked === id && pinned.codeHash === replaced.codeHash ? changed : code.get(asked, pinned),
  };
}

const keyOf = (id: number, hash: string): string => `${id} ${hash}`;

/** Under the name and version that the chain pins: it takes the place of that code. */
const as = (
  module: ConsensusModule,
  { name, version }: { readonly name: string; readonly version: string },
): ConsensusModule => ({ ...module, info: { ...module.info, name, version } });
