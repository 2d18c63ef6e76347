/** The databases of servers and clients: opened with named errors, and only by their owner. */
import { Level } from 'level';
import { ModuleError, messageOf } from './errors.ts';

export type Database = Level<Uint8Array, Uint8Array>;

const OWNER = Buffer.from('o');

/**
 * Opens a database. `owner` names the chain and the key that it belongs to; it is written down the first time and must
 * be the same ever after. Throws DIRECTORY_IN_USE or STORE_INVALID.
 */
export async function openLevel(directory: string, owner?: string): Promise<Database> {
  const database: Database = new Level<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await database.open().catch((cause: Error & { cause?: { code?: string } }) => {
    if (cause.cause?.code === 'LEVEL_LOCKED')
      throw new ModuleError('DIRECTORY_IN_USE', `${directory} is in use`, 'choose another directory', {
        cause,
      });
    throw invalid(
      `cannot open ${directory}: ${messageOf(cause.cause ?? cause)}`,
      'check its permissions, or restore it from a copy',
      cause,
    );
  });
  const found = await database.get(OWNER);
  if (found === undefined && owner !== undefined)
    await database.put(OWNER, Buffer.from(owner), { sync: true });
  if (found !== undefined && owner !== undefined && Buffer.from(found).toString() !== owner) {
    await database.close();
    throw invalid(
      `${directory} belongs to ${Buffer.from(found).toString()}, not to ${owner}`,
      'choose another directory, or remove this one if that chain is gone',
    );
  }
  return database;
}

const invalid = (message: string, hint: string, cause?: unknown): ModuleError =>
  new ModuleError('STORE_INVALID', message, hint, { cause });
