/** The programs of isolated processes: plain files without a loader, which can be let into a sandbox. */
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { engineFile, guestFile } from '../machine/program.ts';

export interface Entry {
  readonly file: string;
  /** All that it is made of. */
  readonly directory: string;
}

const isSource = import.meta.url.endsWith('.ts');
let child: Promise<Entry> | undefined;
let service: Promise<Entry> | undefined;

/**
 * Of a consensus module: the one beside the bundle; from sources it is bundled once, into a directory that goes with this
 * process.
 */
export function entryOfChild(): Promise<Entry> {
  child ??= isSource ? bundled('../plugins/child/main.ts') : built('./plugin.js');
  return child;
}

/** The same for a service. */
export function entryOfService(): Promise<Entry> {
  service ??= isSource ? bundled('../host/child/main.ts') : built('./service-process.js');
  return service;
}

/** The engine of the metered machine. */
export const engineOf = (): Promise<string> => realpath(engineFile());

async function built(path: string): Promise<Entry> {
  const file = await realpath(fileURLToPath(new URL(path, import.meta.url)));
  return { file, directory: dirname(file) };
}

async function bundled(path: string): Promise<Entry> {
  const directory = temporary();
  await bundle([fileURLToPath(new URL(path, import.meta.url))], directory, REQUIRE);
  await copyFile(guestFile(), join(directory, 'guest.js'));
  return { file: join(directory, 'main.js'), directory };
}

/** A directory that is removed when this process ends. */
function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'devnet-child-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const bundles = new Map<string, Promise<string>>();

/** The URL of code that an isolated process can load: TypeScript of this repository is bundled first. */
export function loadable(url: string): Promise<string> {
  if (!isSource || !url.endsWith('.ts')) return Promise.resolve(url);
  const known = bundles.get(url);
  if (known !== undefined) return known;
  const made = (async () => {
    const directory = temporary();
    const file = fileURLToPath(url);
    await bundle([file], directory);
    return pathToFileURL(join(directory, `${file.slice(file.lastIndexOf('/') + 1, -3)}.js`)).href;
  })();
  bundles.set(url, made);
  return made;
}

/** Packages in the older form still ask for it. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Only where the sources run: a built node needs no bundler, and must not carry one. */
async function bundle(entryPoints: string[], outdir: string, banner = ''): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    banner: { js: banner },
  });
}
