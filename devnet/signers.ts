/** Keys of this machine by name, without asking a node: the one way in which commands find a key. */
import { existsSync } from 'node:fs';
import type { KeyPair } from '../chain/index.ts';
import { findKey, loadKey, type UsableKey, usableKey } from '../module/keys/files.ts';
import { CliError } from './errors.ts';
import { keysDirectory } from './keysDirectory.ts';
import { personNamed } from './people.ts';
import { passwordOf } from './secrets.ts';
import { chainFilePath, readChainFile } from './supervisor/chainFile.ts';

export { keysDirectory };

/** The secret phrase of a directory's chain; empty for the well-known one. */
export const phraseOf = (dir: string): string =>
  existsSync(chainFilePath(dir)) ? readChainFile(dir).phrase : '';

/** Whether a name is a development account (`alice`, `//Some/path`), whose key everybody knows. */
export const isDevelopmentName = (who: string): boolean =>
  personNamed(who) !== undefined || who.startsWith('//');

/** The key of a development name or of a key file, which may ask for its password; null if there is none. */
export async function localKey(who: string, dir: string): Promise<UsableKey | null> {
  if (isDevelopmentName(who)) return usableKey(`${phraseOf(dir)}${personNamed(who)?.path ?? who}`);
  const directory = keysDirectory(dir);
  const found = await findKey(directory, who);
  if (found === null) return null;
  const password = found.encrypted ? await passwordOf(who) : undefined;
  return loadKey({ name: who, directory, password });
}

/** The same. Throws {@link CliError} KEY_MISSING. */
export async function requireKey(who: string, dir: string): Promise<UsableKey> {
  const key = await localKey(who, dir);
  if (key !== null) return key;
  throw new CliError(
    'KEY_MISSING',
    `there is no key ${who}`,
    'devnet key list shows the keys, devnet key new makes one',
  );
}

export const localSigner = async (who: string, dir: string): Promise<KeyPair> =>
  (await requireKey(who, dir)).pair;
