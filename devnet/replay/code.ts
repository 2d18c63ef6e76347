/** The code of a plugin for a replay: built from its folder, or out of its package. It runs in this process. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Genesis, Mechanisms } from '../../chain/index.ts';
import { builtins } from '../../consensus/index.ts';
import type { ConsensusModule } from '../../consensus/interface/index.ts';
import { MANIFEST_FILE, parseManifest } from '../../node/package/index.ts';
import { loadModule } from '../check/subject.ts';
import { CliError } from '../errors.ts';
import { buildCode } from '../plugins/build.ts';
import { readPackage } from '../plugins/package.ts';

/** Loads a plugin's folder or package. Errors of its code name the author's lines. */
export async function loadPlugin(path: string): Promise<ConsensusModule> {
  process.setSourceMapsEnabled(true);
  const directory = mkdtempSync(join(tmpdir(), 'devnet-replay-'));
  try {
    const file = join(directory, 'plugin.mjs');
    writeFileSync(file, await codeOf(path));
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

/** The code that ran: what comes with devnet, and what was named. Throws {@link CliError} CODE_NEEDED. */
export function codeThatRan(genesis: Genesis, named: readonly Named[]): Mechanisms {
  return new Map(
    genesis.consensus.map(({ id, name, version }) => {
      const module = named.find(each => each.id === id)?.module ?? builtins[`${name}@${version}`];
      if (module !== undefined) return [id, pinned(module, { name, version })] as const;
      throw new CliError(
        'CODE_NEEDED',
        `consensus ${id} is ${name}@${version}, which does not come with devnet`,
        `name the code that ran: --was ${id}=<folder or .plugin file>`,
      );
    }),
  );
}

/** The same with other code under one id. */
export function withCode(mechanisms: Mechanisms, { id, module }: Named): Mechanisms {
  const before = mechanisms.get(id);
  if (before === undefined)
    throw new CliError(
      'UNKNOWN_CONSENSUS',
      `the chain has no consensus module ${id}`,
      'devnet consensus list shows them',
    );
  return new Map([...mechanisms, [id, pinned(module, before.info)]]);
}

/** Under the name and version that the chain pins: it takes the place of that code. */
const pinned = (
  module: ConsensusModule,
  { name, version }: { name: string; version: string },
): ConsensusModule => ({
  ...module,
  info: { ...module.info, name, version },
});
