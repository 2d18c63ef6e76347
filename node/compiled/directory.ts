/** Where compiled code is kept: a directory that nobody but this user writes to. */
import { lstatSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `off`, or another directory than the user's own for caches. */
export const CODE_CACHE = 'DEVNET_CODE_CACHE';

/** The permission of group and others to write. */
const OTHERS_WRITE = 0o022;

/** The directory for this user, whether it exists or not; null where there is to be none. */
export function codeDirectory(
  environment: Environment,
  home: () => string = homedir,
  platform: NodeJS.Platform = process.platform,
): string | null {
  const asked = environment[CODE_CACHE];
  if (asked === 'off') return null;
  if (asked !== undefined && asked !== '') return asked;
  const caches = environment.XDG_CACHE_HOME ?? '';
  // Whoever sets it otherwise than the specification says is not heard (XDG Base Directory, "must be absolute").
  if (isAbsolute(caches)) return join(caches, 'devnet');
  try {
    return join(home(), ...(platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']), 'devnet');
  } catch {
    // A user without a home, as in some containers.
    return null;
  }
}

/**
 * Why a directory is no place for code; null where it is one. What lies there is run: a stranger who could write to it
 * could run what he likes in the name of this user.
 */
export function objection(directory: string): string | null {
  const found = lstatSync(directory);
  if (!found.isDirectory()) return `${directory} is no directory`;
  const own = process.getuid?.();
  // Windows knows neither; there it is the profile of the user that keeps others out.
  if (own === undefined) return null;
  if (found.uid !== own) return `${directory} belongs to another user`;
  return (found.mode & OTHERS_WRITE) === 0 ? null : `others may write to ${directory}`;
}

export function makeDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}
