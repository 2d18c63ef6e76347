/** The plugins directory of a node: one folder per plugin, named after it, with manifest and code. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkCode, type Package } from './archive.ts';
import { PackageError } from './errors.ts';
import { MANIFEST_FILE, MAX_CODE_BYTES, MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';

export type Discovered =
  | { readonly ok: true; readonly directory: string; readonly plugin: Package }
  /** What lies there cannot be loaded; the others can. */
  | { readonly ok: false; readonly directory: string; readonly error: PackageError };

/** Everything in the directory, ascending by name; nothing if there is no such directory. */
export async function discoverPlugins(root: string): Promise<Discovered[]> {
  const names = await entries(root);
  return Promise.all(names.map(name => discover(join(root, name), name)));
}

async function discover(directory: string, name: string): Promise<Discovered> {
  try {
    const plugin = await readPlugin(directory);
    if (plugin.manifest.name !== name)
      throw new PackageError(
        'BAD_MANIFEST',
        `${join(directory, MANIFEST_FILE)}: the plugin is named ${plugin.manifest.name}, its folder ${name}`,
        'devnet plugin install puts a plugin into a folder of its name',
      );
    return { ok: true, directory, plugin };
  } catch (error) {
    if (error instanceof PackageError) return { ok: false, directory, error };
    throw error;
  }
}

/** Reads a manifest and the code that it commits to. Throws {@link PackageError}. */
export async function readPlugin(directory: string): Promise<Package> {
  const file = join(directory, MANIFEST_FILE);
  const source = (await readLimited(file, MAX_MANIFEST_BYTES)).toString('utf8');
  const manifest = parseManifest(source, file);
  const code = new Uint8Array(await readLimited(join(directory, manifest.entry_point), MAX_CODE_BYTES));
  return checkCode({ manifest, source, code }, directory);
}

/** Writes a plugin in one step: a folder beside it is filled and takes its place. */
export async function writePlugin(root: string, { manifest, source, code }: Package): Promise<string> {
  const directory = join(root, manifest.name);
  const fresh = join(root, `.${manifest.name}.new`);
  const entry = join(fresh, manifest.entry_point);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(join(entry, '..'), { recursive: true });
  await writeFile(join(fresh, MANIFEST_FILE), source);
  await writeFile(entry, code);
  await rm(directory, { recursive: true, force: true });
  await rename(fresh, directory);
  return directory;
}

async function entries(root: string): Promise<string[]> {
  try {
    const found = await readdir(root, { withFileTypes: true });
    return found
      .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A file of at most so many bytes: looked at before it is read. */
async function readLimited(file: string, limit: number): Promise<Buffer> {
  const size = await sizeOf(file);
  if (size === undefined)
    throw new PackageError(
      'BAD_PACKAGE',
      `${file} is missing`,
      'a plugin is a folder with module.toml and its code',
    );
  if (size > limit)
    throw new PackageError(
      'BAD_PACKAGE',
      `${file} has ${size} bytes, more than ${limit}`,
      'a plugin must be smaller',
    );
  return readFile(file);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
