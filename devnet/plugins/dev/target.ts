/** Under which id a plugin is worked on. */
import type { ConsensusInfo } from '../../../node/client/index.ts';
import { usageError } from '../../errors.ts';
import { freeId } from '../install.ts';
import type { InForce } from './storage.ts';

type Known = Pick<ConsensusInfo, 'id' | 'name' | 'version' | 'stateVersion' | 'status' | 'activeFrom'> & {
  readonly upgrade: Pick<NonNullable<ConsensusInfo['upgrade']>, 'version'> | null;
};

export interface Target {
  readonly id: number;
  /** What the new code takes over from. */
  readonly before: InForce | null;
  /** What is announced for the id; new code takes its place. */
  readonly announced: string | null;
  /** All that the chain has seen under this name, also what is only announced. */
  readonly versions: readonly string[];
}

export interface Choice {
  readonly id: number | undefined;
  /** A new id, whatever there is. */
  readonly reset: boolean;
}

/** Where several ids have the name, the newest one: that is what was worked on last. Throws CliError USAGE. */
export function targetOf(name: string, known: readonly Known[], { id: wanted, reset }: Choice): Target {
  const own = known.filter(entry => entry.name === name);
  const versions = own.flatMap(({ version, upgrade }) =>
    upgrade === null ? [version] : [version, upgrade.version],
  );
  const newest = own.toSorted((a, b) => a.activeFrom - b.activeFrom || a.id - b.id).at(-1);
  const id = reset ? freeId(known) : (wanted ?? newest?.id ?? freeId(known));
  const found = known.find(entry => entry.id === id);
  if (found !== undefined && found.name !== name)
    throw usageError(
      `consensus id ${id} is ${found.name}, not ${name}`,
      'leave out --id: an id is found, or a free one taken',
    );
  const isPending = found?.status === 'pending';
  return {
    id,
    before: found === undefined || isPending ? null : found,
    announced: (isPending ? found.version : found?.upgrade?.version) ?? null,
    versions,
  };
}
