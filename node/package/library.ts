/**
 * Code by the hash that the chain pins. The folders of a plugins directory hold one version of each plugin, and a chain
 * needs older ones too: for blocks of the past, and until an upgrade is in force. So what a node has loaded once is kept
 * beside the folders, under its hash.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Hex } from '../../consensus/interface/index.ts';
import { codeHash, type Package } from './archive.ts';
import { discoverPlugins, readPlugin } from './directory.ts';
import { PackageError } from './errors.ts';
import { MANIFEST_FILE } from './manifest.ts';

export interface FoundCode {
  readonly plugin: Package;
  /** The code, where nobody replaces it. */
  readonly file: string;
}

/** What was kept, by hash; hidden, so that it is taken for no plugin. */
export const keptDirectory = (root: string, hash: Hex): string => join(root, '.code', hash.slice(2));

/** A plugin by the hash of its code; null where neither a folder nor what was kept has it. Throws PackageError. */
export async function findCode(root: string, hash: Hex): Promise<FoundCode | null> {
  const kept = await readKept(root, hash);
  if (kept !== null) return kept;
  for (const found of await discoverPlugins(root))
    if (found.ok && codeHash(found.plugin.code) === hash) return keepCode(root, found.plugin);
  return null;
}

/** Writes a plugin where it is found by its hash from now on; another manifest of the same code gives way to it. */
export async function keepCode(root: string, plugin: Package): Promise<FoundCode> {
  const { manifest, source, code } = plugin;
  const directory = keptDirectory(root, codeHash(code));
  // Several nodes share the directory, also those of one process: each fills a folder of its own, the first one counts.
  const fresh = `${directory}.${randomUUID()}.new`;
  const entry = join(fresh, manifest.entry_point);
  await mkdir(dirname(entry), { recursive: true });
  await writeFile(join(fresh, MANIFEST_FILE), source);
  await writeFile(entry, code);
  if (!(await moved(fresh, directory))) {
    const there = await readKept(root, codeHash(code));
    if (there === null) await moved(fresh, directory);
    else if (there.plugin.source !== source) await rebind(fresh, directory, manifest.entry_point);
    await rm(fresh, { recursive: true, force: true });
  }
  return { plugin, file: join(directory, manifest.entry_point) };
}

/** What was verified now binds code that was kept before; nothing where it was not. */
export async function renewCode(root: string, plugin: Package): Promise<void> {
  const kept = await readKept(root, codeHash(plugin.code));
  if (kept !== null && kept.plugin.source !== plugin.source) await keepCode(root, plugin);
}

/** File by file, the manifest last: whoever reads meanwhile finds the one or the other, and the code of both. */
async function rebind(fresh: string, directory: string, entryPoint: string): Promise<void> {
  const entry = join(directory, entryPoint);
  await mkdir(dirname(entry), { recursive: true });
  await rename(join(fresh, entryPoint), entry);
  await rename(join(fresh, MANIFEST_FILE), join(directory, MANIFEST_FILE));
}

/** False where something stands there already. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

async function readKept(root: string, hash: Hex): Promise<FoundCode | null> {
  const directory = keptDirectory(root, hash);
  if (!(await isThere(directory))) return null;
  const plugin = await readUnchanged(directory, hash);
  if (plugin !== null) return { plugin, file: join(directory, plugin.manifest.entry_point) };
  // Out of the way of the right one, which a folder may still have.
  await rm(directory, { recursive: true, force: true });
  return null;
}

/** Null where somebody changed what was kept. */
async function readUnchanged(directory: string, hash: Hex): Promise<Package | null> {
  try {
    const plugin = await readPlugin(directory);
    return codeHash(plugin.code) === hash ? plugin : null;
  } catch (error) {
    if (error instanceof PackageError) return null;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
