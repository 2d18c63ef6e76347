import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliError } from '../errors.ts';

const SAMPLES_FILE = 'test/samples.ts';

/** URL of the histories of an author: the file that is named, else that of the folder; null without one. Throws NO_SAMPLES. */
export function samplesOf(target: string, named: string | undefined): string | null {
  const file = named ?? join(target, SAMPLES_FILE);
  if (existsSync(file)) return pathToFileURL(resolve(file)).href;
  if (named === undefined) return null;
  throw new CliError('NO_SAMPLES', `${named} does not exist`, 'name a file that exports samples and params');
}
