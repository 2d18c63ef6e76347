import type { Hex } from '../../../consensus/interface/index.ts';
import type { DumpRow } from '../../format/dump.ts';
import type { StateReader } from '../../state/index.ts';
import { getParameters } from '../getters.ts';
import { encodeDump } from './file.ts';
import { DUMPED_TABLES } from './tables.ts';

/** The block after which a state was what it is. */
interface Place {
  readonly height: number;
  readonly hash: Hex;
  /** Milliseconds. */
  readonly time: number;
}

/** The file of a state: the same bytes on every node that has it. Throws DUMP_TOO_LARGE. */
export function takeDump(state: StateReader, { height, hash, time }: Place): Uint8Array {
  const rows = DUMPED_TABLES.flatMap((table): DumpRow[] =>
    Array.from(state.scan(Uint8Array.of(table)), ([key, value]) => ({ key, value })),
  );
  return encodeDump({ chainId: getParameters(state).chainId, height, blockHash: hash, time }, rows);
}
