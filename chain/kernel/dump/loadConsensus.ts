import { chainError } from '../../errors.ts';
import type { ConsensusEntry } from '../../format/entities.ts';
import type { Draft, State, StateReader } from '../../state/index.ts';
import { getConsensus, listConsensus } from '../getters.ts';
import { codeName, mechanismOf } from '../mechanism.ts';
import { consensusEntries, storageKey } from '../tables.ts';
import type { Code } from '../types.ts';
import { isHigher, isVersion } from '../version.ts';
import { broken } from './sound.ts';

interface Loading {
  readonly base: State;
  readonly source: StateReader;
  readonly draft: Draft;
  readonly code: Code;
}

/** Code and what it was granted stay (decision 17); its money, its storage and its unfinished closes are loaded. */
export function loadConsensus({ base, source, draft, code }: Loading): void {
  for (const { id } of listConsensus(base))
    if (getConsensus(source, id) === undefined) throw differs(id, undefined, getConsensus(base, id));
  for (const dumped of listConsensus(source)) {
    const current = getConsensus(base, dumped.id);
    if (current === undefined || !reads(current, dumped)) throw differs(dumped.id, dumped, current);
    const { activationEpoch, mintedThisEpoch, bond, pot, closing } = dumped;
    if (closing.length > 0 && mechanismOf(current, code).closeEpoch === undefined)
      throw broken(`${codeName(dumped)} closes no epochs`);
    const entry = { ...current, activationEpoch, mintedThisEpoch, bond, pot, closing };
    consensusEntries.put(draft, entry, dumped.id);
    for (const [key, value] of source.scan(storageKey(dumped.id, new Uint8Array()))) draft.put(key, value);
  }
}

/** As an upgrade that needs no migration, or none at all. */
const reads = (current: ConsensusEntry, dumped: ConsensusEntry): boolean =>
  current.name === dumped.name &&
  current.stateVersion === dumped.stateVersion &&
  isVersion(dumped.version) &&
  !isHigher(dumped.version, current.version);

function differs(consensus: number, dumped: ConsensusEntry | undefined, current: ConsensusEntry | undefined) {
  const name = (entry: ConsensusEntry | undefined): string =>
    entry === undefined ? 'nothing' : `${codeName(entry)} (state version ${entry.stateVersion})`;
  return chainError('LOAD_CODE_DIFFERS', { consensus, dumped: name(dumped), current: name(current) });
}
