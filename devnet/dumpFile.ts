/** Files with the state of a devnet, on this machine's disk. */
import { readFileSync, statSync } from 'node:fs';
import {
  ConsensusEntry,
  chainError,
  type Dump,
  decodeDump,
  describeRow,
  Epoch,
  LIMITS,
} from '../chain/index.ts';
import { OPTIONAL_BUILTINS } from '../consensus/index.ts';
import { type Codec, decode } from '../consensus/interface/index.ts';
import type { LoadedSettings } from './config/load.ts';
import type { Settings } from './config/settings.ts';
import { CliError } from './errors.ts';

export interface DumpFile {
  readonly bytes: Uint8Array;
  readonly dump: Dump;
}

/** Its size is judged before it is read. Throws ChainError, and what the operating system says of the path. */
export function readDumpFile(path: string): DumpFile {
  const { size } = statSync(path);
  if (size > LIMITS.dump) throw chainError('DUMP_TOO_LARGE', { size, unit: 'bytes', max: LIMITS.dump });
  const bytes = new Uint8Array(readFileSync(path));
  return { bytes, dump: decodeDump(bytes) };
}

/** Those with which a chain can start that is to load the dump; the state itself brings the rest. */
export function settingsFor({ settings, given }: LoadedSettings, { dump }: DumpFile): Settings {
  const consensus = builtinsIn(dump);
  if (given.has('consensus') && String(settings.consensus) !== String(consensus))
    throw new CliError(
      'CHAIN_DIFFERS',
      `the dump has the built-in consensus modules ${named(consensus)}, not ${named(settings.consensus)}`,
      'leave out --consensus: it follows from the dump',
    );
  const [epoch] = rowsIn(dump, 'epochs', Epoch);
  return { ...settings, consensus, ...(epoch === undefined ? {} : { 'epoch-length': epoch.length }) };
}

const named = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

/** In the order of their ids, as `--consensus` takes them. Throws for code that no chain has from the start. */
function builtinsIn(dump: Dump): Settings['consensus'] {
  return rowsIn(dump, 'consensusEntries', ConsensusEntry)
    .filter(({ id }) => id !== 0)
    .map(({ id, name, version }) => {
      const builtin = OPTIONAL_BUILTINS.find(each => each === name);
      if (builtin !== undefined) return builtin;
      throw new CliError(
        'CODE_NOT_BUILT_IN',
        `the dump needs ${name}@${version} as consensus module ${id}, which no chain has from the start`,
        'start a devnet without --load, install it there with devnet consensus install, then: devnet load',
      );
    });
}

const rowsIn = <T>({ rows }: Dump, table: string, codec: Codec<T>): T[] =>
  rows.filter(({ key }) => describeRow(key)?.table === table).map(({ value }) => decode(codec, value));
