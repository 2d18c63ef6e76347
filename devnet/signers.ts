/** Keys of this machine by name, without asking a node. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPair, keyPairFromUri } from '../chain/index.ts';
import { listKeys, loadKey } from '../module/keys/files.ts';
import { CliError } from './errors.ts';
import { personNamed } from './people.ts';
import { chainFilePath, readChainFile } from './supervisor/chainFile.ts';

export const keysDirectory = (dir: string): string => join(dir, 'keys');

/** The secret phrase of a directory's chain; empty for the well-known one. */
export const phraseOf = (dir: string): string =>
  existsSync(chainFilePath(dir)) ? readChainFile(dir).phrase : '';

/** Whether a name is a development account (`alice`, `//Some/path`), whose key everybody knows. */
export const isDevelopmentName = (who: string): boolean =>
  personNamed(who) !== undefined || who.startsWith('//');

/** The key of a development name or of a key file. Throws {@link CliError} KEY_MISSING. */
export async function localSigner(who: string, dir: string): Promise<KeyPair> {
  if (isDevelopmentName(who)) return keyPairFromUri(`${phraseOf(dir)}${personNamed(who)?.path ?? who}`);
  const directory = keysDirectory(dir);
  const isStored = (await listKeys(directory)).some(({ name }) => name === who);
  if (!isStored)
    throw new CliError(
      'KEY_MISSING',
      `there is no key ${who}`,
      'devnet key list shows the keys, devnet key new makes one',
    );
  return (await loadKey({ name: who, directory, password: process.env.DEVNET_PASSWORD })).pair;
}
