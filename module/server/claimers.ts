/** The code with which this server prepares claims for the consensus modules of a chain. */
import { builtins } from '../../consensus/index.ts';
import type { ConsensusModule } from '../../consensus/interface/index.ts';
import type { ConsensusInfo } from '../../node/client/index.ts';

type Registered = Pick<ConsensusInfo, 'id' | 'name' | 'version'>;

/**
 * By consensus id. Code of another version of the same name stands in where the chain's own is not here: what it
 * prepares is judged on chain like everything else, and not to claim at all would lose the money for certain.
 */
export function claimersOf(
  registered: readonly Registered[],
  own: readonly ConsensusModule[],
): ReadonlyMap<number, ConsensusModule> {
  const here = [...own, ...Object.values(builtins)];
  const found = new Map<number, ConsensusModule>();
  for (const { id, name, version } of registered) {
    const named = here.filter(({ info, prepare }) => info.name === name && prepare !== undefined);
    const code = named.find(({ info }) => info.version === version) ?? named[0];
    if (code !== undefined) found.set(id, code);
  }
  return found;
}
