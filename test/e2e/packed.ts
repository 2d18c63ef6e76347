/** The package as others get it: packed, and put into a folder outside. Once for all tests. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../tidy/sources.ts';
import { built, freshDirectory } from './support.ts';

const execute = promisify(execFile);

export const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

export interface Packed {
  /** A folder where `devnet` is installed; tests make folders of their own in it. */
  readonly home: string;
  /** The installed package. */
  readonly own: string;
}

const home = freshDirectory();
let made: Promise<Packed> | null = null;

export function packed(): Promise<Packed> {
  made ??= pack();
  return made;
}

// Of all tests: whoever is last does not know it.
after(() => rm(home, { recursive: true, force: true }));

/** A program of Node in that folder, with nothing of this environment but the path. */
export const node = (cwd: string, ...args: readonly string[]) =>
  execute(process.execPath, args, { cwd, env: { PATH: process.env.PATH ?? '', HOME: home } });

async function pack(): Promise<Packed> {
  const own = join(home, 'node_modules/devnet');
  await built();
  await mkdir(join(home, 'node_modules'));
  await execute('npm', ['pack', '--offline', '--ignore-scripts', '--pack-destination', home, ROOT]);
  const [file] = (await readdir(home)).filter(name => name.endsWith('.tgz'));
  await execute('tar', ['-xzf', file ?? '', '-C', 'node_modules'], { cwd: home });
  await execute('mv', ['node_modules/package', own], { cwd: home });
  await symlink(join(ROOT, 'node_modules'), join(own, 'node_modules'));
  await node(ROOT, TSC, '-p', join(ROOT, 'tsconfig.types.json'), '--outDir', join(own, 'types'));
  return { home, own };
}
