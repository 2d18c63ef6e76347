import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * A directory with all above it. Node's own `recursive` never ends where a directory can be listed but has no place for
 * others, as /proc (Node 20: it takes the ENOENT of that for a missing parent, again and again). Throws what the system says.
 */
export function makeDirectories(path: string, mode?: number): void {
  const directory = resolve(path);
  if (isDirectory(directory)) return;
  const parent = dirname(directory);
  if (parent !== directory) makeDirectories(parent, mode);
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    // Somebody else made it meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isDirectory(directory)) return;
    // Its parent is there: what is missing is the will to have it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw Object.assign(new Error(`${directory}: nothing can be made here`, { cause: error }), {
        code: 'EROFS',
        path: directory,
      });
    throw error;
  }
}

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
