/** A new checker: the files of `template/`, which a test runs as they lie there, under a name of its own. */
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CliError, usageError } from '../errors.ts';
import { packageRoot } from '../plugins/root.ts';

const TEMPLATE = join(packageRoot, 'devnet/checkers/template');
/** What the template is called. */
const ITS_NAME = 'points';

/** Writes the folder in one step; returns its files. Throws {@link CliError} FOLDER_EXISTS. */
export async function createChecker(name: string, directory: string): Promise<readonly string[]> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 64)
    throw usageError(
      `${name} is no name of a checker`,
      'lower-case words joined by dashes, at most 64 characters',
    );
  const folder = resolve(directory);
  const fresh = join(dirname(folder), `.${basename(folder)}.${process.pid}.new`);
  await mkdir(dirname(folder), { recursive: true });
  try {
    await cp(TEMPLATE, fresh, { recursive: true });
    const files = (await readdir(fresh)).sort();
    for (const file of files) {
      const text = await readFile(join(fresh, file), 'utf8');
      await writeFile(join(fresh, file), text.replaceAll(ITS_NAME, name));
    }
    await rename(fresh, folder);
    return files;
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new CliError(
      'FOLDER_EXISTS',
      `${directory} exists`,
      'choose another name, or another folder behind it',
    );
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** A folder that holds something, or a file, is never replaced. */
const isTaken = (error: unknown): boolean =>
  ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
