/** Rows of links and proposals together with their indexes, so that none is ever written alone. */
import type { Link, LinkProposal } from '../../format/entities.ts';
import type { Draft } from '../../state/index.ts';
import {
  endedLinks,
  expiringProposals,
  linkAliases,
  links,
  linksByChild,
  pastLinks,
  proposals,
  proposalsByChild,
} from '../tables.ts';

/** A new link; an earlier one of the same two stays readable among the past ones. */
export function addLink(draft: Draft, link: Link): void {
  const { parent, child, alias } = link.terms;
  const earlier = links.get(draft, parent, child);
  if (earlier !== undefined) pastLinks.put(draft, earlier, parent, child, earlier.fromEpoch);
  links.put(draft, link, parent, child);
  linksByChild.put(draft, true, child, parent);
  linkAliases.put(draft, child, parent, alias);
}

/** Ends the open link of two modules. One that never held leaves nothing behind. */
export function endLink(draft: Draft, link: Link, untilEpoch: number): void {
  const { parent, child, alias } = link.terms;
  linkAliases.delete(draft, parent, alias);
  if (link.fromEpoch >= untilEpoch) {
    removeLink(draft, parent, child, link.fromEpoch);
    return;
  }
  links.put(draft, { ...link, untilEpoch }, parent, child);
  endedLinks.put(draft, true, untilEpoch, parent, child, link.fromEpoch);
}

/** Forgets one link of two modules. */
export function removeLink(draft: Draft, parent: number, child: number, fromEpoch: number): void {
  if (links.get(draft, parent, child)?.fromEpoch === fromEpoch) links.delete(draft, parent, child);
  else pastLinks.delete(draft, parent, child, fromEpoch);
  const isLast = !links.has(draft, parent, child) && isEmpty(pastLinks.scan(draft, [parent, child]));
  if (isLast) linksByChild.delete(draft, child, parent);
}

/** The proposal for two modules; it replaces an earlier one. */
export function putProposal(draft: Draft, proposal: LinkProposal): void {
  const { parent, child } = proposal.terms;
  removeProposal(draft, parent, child);
  proposals.put(draft, proposal, parent, child);
  expiringProposals.put(draft, true, proposal.expires, parent, child);
  proposalsByChild.put(draft, true, child, parent);
}

export function removeProposal(draft: Draft, parent: number, child: number): void {
  const proposal = proposals.get(draft, parent, child);
  if (proposal === undefined) return;
  proposals.delete(draft, parent, child);
  expiringProposals.delete(draft, proposal.expires, parent, child);
  proposalsByChild.delete(draft, child, parent);
}

const isEmpty = (rows: Iterable<unknown>): boolean => {
  for (const _ of rows) return false;
  return true;
};
