/** A new plugin: the files of `template/`, which are tested as they lie there, under a name of its own. */
import { cp, mkdir, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PackageError, parseManifest } from '../../node/package/index.ts';
import { CliError } from '../errors.ts';
import { ownRange, packageRoot } from './root.ts';

const TEMPLATE = join(packageRoot, 'devnet/plugins/template');
/** What the template is called. */
const ITS_NAME = 'tip-jar';
/** npm leaves a file of this name out of packages, so it is not in the template. */
const IGNORED = 'node_modules/\n.devnet/\n*.plugin\n';

/**
 * Writes the folder in one step, and links this devnet into it, so that tests run before anything is installed. Returns the
 * paths of the files. Throws {@link CliError} FOLDER_EXISTS and BAD_NAME.
 */
export async function createPlugin(name: string, directory: string): Promise<readonly string[]> {
  requireName(name);
  const folder = resolve(directory);
  const fresh = join(dirname(folder), `.${basename(folder)}.${process.pid}.new`);
  await mkdir(dirname(folder), { recursive: true });
  await refuseExisting(folder);
  try {
    await cp(TEMPLATE, fresh, { recursive: true });
    await rename(join(fresh, `test/${ITS_NAME}.test.ts`), join(fresh, `test/${name}.test.ts`));
    const files = (await readdir(fresh, { recursive: true, withFileTypes: true }))
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name));
    for (const file of files)
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll(ITS_NAME, name));
    await writeFile(join(fresh, '.gitignore'), IGNORED);
    await dependOnThis(fresh, folder);
    await rename(fresh, folder);
    return [...files.map(file => file.slice(fresh.length + 1)), '.gitignore'].sort();
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

function requireName(name: string): void {
  const source = `name = ${JSON.stringify(name)}\nversion = "0.1.0"\nentry_point = "dist/index.js"\n`;
  try {
    parseManifest(source);
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw new CliError(
      'BAD_NAME',
      `${name} is no name of a plugin`,
      'lower-case words joined by dashes, at most 64 characters: tip-jar',
    );
  }
}

async function refuseExisting(folder: string): Promise<void> {
  try {
    await realpath(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  throw new CliError('FOLDER_EXISTS', `${folder} exists`, 'choose another name, or another folder behind it');
}

async function dependOnThis(fresh: string, folder: string): Promise<void> {
  const file = join(fresh, 'package.json');
  const fields = JSON.parse(await readFile(file, 'utf8')) as { readonly devDependencies: object };
  const written = { ...fields, devDependencies: { ...fields.devDependencies, devnet: ownRange(folder) } };
  await writeFile(file, `${JSON.stringify(written, null, 2)}\n`);
  await mkdir(join(fresh, 'node_modules'));
  await symlink(packageRoot, join(fresh, 'node_modules/devnet'), 'junction');
}
