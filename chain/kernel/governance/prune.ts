import type { Draft } from '../../state/index.ts';
import type { BlockContext } from '../context.ts';
import { endedGovProposals, govElectors, govVotes } from '../tables.ts';
import { CONCLUDED_PER_BLOCK } from './conclude.ts';

/** Epochs after its end in which it can be asked who voted how on a proposal. Proposals, tallies and results stay. */
export const VOTES_KEPT_EPOCHS = 100;
/** Most rows that one block forgets; the next blocks go on. */
const PRUNED_PER_BLOCK = 500;

/** Forgets votes and electors of proposals that ended long ago, as many proposals as a block can end. */
export function pruneVotes({ draft, epoch }: BlockContext): void {
  let left = PRUNED_PER_BLOCK;
  for (const [[endEpoch, id]] of endedGovProposals.scan(draft, [], { limit: CONCLUDED_PER_BLOCK })) {
    if (endEpoch + VOTES_KEPT_EPOCHS > epoch.number) return;
    left -= forget(draft, id, left);
    if (left === 0) return;
    endedGovProposals.delete(draft, endEpoch, id);
  }
}

/** Answers with the number of rows, at most `limit`. */
function forget(draft: Draft, id: number, limit: number): number {
  const voters = Array.from(govVotes.scan(draft, [id], { limit }), ([[, voter]]) => voter);
  for (const voter of voters) govVotes.delete(draft, id, voter);
  const rest = limit - voters.length;
  const electors = Array.from(govElectors.scan(draft, [id], { limit: rest }), ([[, validator]]) => validator);
  for (const validator of electors) govElectors.delete(draft, id, validator);
  return voters.length + electors.length;
}
