import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const isSource = import.meta.url.endsWith('.ts');

/** The folder of the devnet that runs this: with package.json, docs and, in built form, dist. */
export const packageRoot: string = isSource ? join(here, '../..') : join(here, '..');

/** The file behind `devnet/consensus` or `devnet/testing`. */
export const ownEntry = (name: 'consensus' | 'testing'): string =>
  isSource
    ? join(packageRoot, name === 'consensus' ? 'consensus/interface/index.ts' : 'devnet/testing/index.ts')
    : join(packageRoot, 'dist', `${name}.js`);

/** How the package.json of a folder names this devnet: by version where it was installed, else by its folder. */
export function ownRange(from: string): string {
  if (!packageRoot.split(sep).includes('node_modules')) return `file:${relative(from, packageRoot)}`;
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return `^${version}`;
}

/** The flags by which a process of Node reads TypeScript, with this devnet's own loader. */
export const typeScriptFlags = (): readonly string[] => [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  '--enable-source-maps',
];
