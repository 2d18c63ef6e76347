import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../directory.ts';
import { CliError, EXIT } from '../errors.ts';

/**
 * Makes this process the only devnet of a directory. The file holds the process id, so that a lock left behind by a
 * killed process is recognised and taken over. Returns what gives the lock back.
 */
export function lockDirectory(directory: string): () => void {
  makeDirectories(directory);
  refuseInUse(directory);
  const file = join(directory, 'lock');
  writeFileSync(file, `${process.pid}\n`);
  return () => {
    if (readOwner(file) === process.pid) unlinkSync(file);
  };
}

/** Throws CliError DIRECTORY_IN_USE. */
export function refuseInUse(directory: string): void {
  const owner = readOwner(join(directory, 'lock'));
  if (owner !== null && owner !== process.pid && isAlive(owner))
    throw new CliError(
      'DIRECTORY_IN_USE',
      `${directory} is in use by the devnet with process id ${owner}`,
      'stop it with devnet down, or choose another directory with --dir',
      EXIT.inUse,
    );
}

/** The process id in a lock file; null without one. */
export function readOwner(file: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
