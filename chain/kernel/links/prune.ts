import type { Draft } from '../../state/index.ts';
import { endedLinks, expiringProposals } from '../tables.ts';
import { horizon } from '../terms.ts';
import { removeLink, removeProposal } from './rows.ts';

/** Most rows of each kind that one block forgets; the next blocks go on. */
const PRUNED_PER_BLOCK = 500;

/** Forgets links that no claim can ask for any more, and proposals that expired as long ago. */
export function pruneLinks(draft: Draft): void {
  const oldest = horizon(draft);
  for (const [[untilEpoch, parent, child, fromEpoch]] of endedLinks.scan(draft, [], {
    limit: PRUNED_PER_BLOCK,
  })) {
    if (untilEpoch > oldest) break;
    endedLinks.delete(draft, untilEpoch, parent, child, fromEpoch);
    removeLink(draft, parent, child, fromEpoch);
  }
  for (const [[expires, parent, child]] of expiringProposals.scan(draft, [], { limit: PRUNED_PER_BLOCK })) {
    if (expires >= oldest) break;
    removeProposal(draft, parent, child);
  }
}
