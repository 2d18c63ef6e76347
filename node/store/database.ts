import { mkdir } from 'node:fs/promises';
import { Level } from 'level';
import { messageOf, NodeError } from '../errors.ts';

export class Database extends Level<Uint8Array, Uint8Array> {
  /** Whether what is written survives the death of the machine, and not only that of the process. */
  readonly isSynced: boolean;
  constructor(directory: string, isSynced: boolean) {
    super(directory, { keyEncoding: 'view', valueEncoding: 'view' });
    this.isSynced = isSynced;
  }
}

export type Row =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export const put = (key: Uint8Array, value: Uint8Array): Row => ({ type: 'put', key, value });

/** Opens or creates it. Throws {@link NodeError}: DIRECTORY_IN_USE, STORE_CORRUPT or DIRECTORY_UNREADABLE. */
export async function openDatabase(directory: string, isSynced = true): Promise<Database> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const database = new Database(directory, isSynced);
    await database.open();
    return database;
  } catch (error) {
    throw openingError(directory, error);
  }
}

function openingError(directory: string, error: unknown): NodeError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'LEVEL_LOCKED')
    return new NodeError(
      'DIRECTORY_IN_USE',
      `another process uses ${directory}`,
      'stop the other devnet, or choose another directory with --dir',
      { cause },
    );
  if (code === 'LEVEL_CORRUPTION')
    return new NodeError(
      'STORE_CORRUPT',
      `the store in ${directory} is damaged: ${messageOf(cause)}`,
      'start anew with --reset, or copy the directory of another node',
      { cause },
    );
  return new NodeError(
    'DIRECTORY_UNREADABLE',
    `cannot open the store in ${directory}: ${messageOf(cause)}`,
    'check that the directory exists, belongs to you and has space left',
    { cause },
  );
}

/** Writes all rows or none, and returns when they are on disk. */
export const writeBatch = (database: Database, rows: Row[]): Promise<void> =>
  database.batch(rows, { sync: database.isSynced });
