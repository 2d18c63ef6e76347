import type { BlockContext } from '../context.ts';
import { endedGovProposals, govElectors, govVotes } from '../tables.ts';

/** Epochs after its end in which it can be asked who voted how on a proposal. Proposals, tallies and results stay. */
export const VOTES_KEPT_EPOCHS = 100;
/** Most rows that one block forgets; the next blocks go on. */
const PRUNED_PER_BLOCK = 500;

/** Forgets votes and electors of proposals that ended long ago. */
export function pruneVotes({ draft, epoch }: BlockContext): void {
  for (const [[endEpoch, id]] of endedGovProposals.scan(draft, [], { limit: 1 })) {
    if (endEpoch + VOTES_KEPT_EPOCHS > epoch.number) return;
    let left = PRUNED_PER_BLOCK;
    for (const [[, voter]] of govVotes.scan(draft, [id], { limit: left })) {
      govVotes.delete(draft, id, voter);
      left--;
    }
    for (const [[, validator]] of govElectors.scan(draft, [id], { limit: left })) {
      govElectors.delete(draft, id, validator);
      left--;
    }
    if (left > 0) endedGovProposals.delete(draft, endEpoch, id);
  }
}
