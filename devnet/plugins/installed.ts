/** The plugins of a devnet's directory. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Package, PackageError, readPlugin } from '../../node/package/index.ts';
import { isAlive } from '../supervisor/lock.ts';
import { readRunFile, runFilePath } from '../supervisor/runFile.ts';
import { readPackage } from './package.ts';

/** All nodes of a devnet read the same folder. */
export const pluginsDirectory = (dir: string): string => join(dir, 'plugins');

/** Whether a devnet runs in the directory: what a killed one has left does not count. */
export const isRunning = (dir: string): boolean =>
  existsSync(runFilePath(dir)) && isAlive(readRunFile(dir).pid);

/** A package file, a folder with a manifest, or an installed plugin by name. */
export async function findPlugin(name: string, dir: string): Promise<Package> {
  if (existsSync(name)) return statSync(name).isDirectory() ? readPlugin(name) : readPackage(name);
  const installed = join(pluginsDirectory(dir), name);
  if (existsSync(installed)) return readPlugin(installed);
  throw new PackageError(
    'BAD_PACKAGE',
    `${name} is no file, no folder and no installed plugin`,
    'devnet plugin list shows what is installed',
  );
}
