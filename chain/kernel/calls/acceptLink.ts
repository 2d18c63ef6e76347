import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit, nextEpoch } from '../context.ts';
import { getLink, getProposal } from '../getters.ts';
import { requireLinkable } from '../links/requireLinkable.ts';
import { addLink, endLink, removeProposal } from '../links/rows.ts';
import { requireOwn } from './moduleFields.ts';
import { termsHash } from './proposeLink.ts';

/**
 * The other side accepts the identical terms; the share holds from the next epoch. An open link of the two holds until
 * then, so that a change of terms leaves no epoch without a link.
 */
export function acceptLink(context: CallContext, call: CallOf<'acceptLink'>): void {
  const { draft, epoch } = context;
  const { parent, child } = call;
  const proposal = getProposal(draft, parent, child);
  if (proposal === undefined) throw chainError('UNKNOWN_PROPOSAL', { parent, child });
  requireOwn(context, proposal.proposer === 'parent' ? child : parent);
  if (epoch.number > proposal.expires)
    throw chainError('PROPOSAL_EXPIRED', { expires: proposal.expires, epoch: epoch.number });
  if (call.termsHash !== termsHash(proposal.terms)) throw chainError('TERMS_DIFFER');
  requireLinkable(context, proposal.terms);

  const fromEpoch = nextEpoch(context);
  const earlier = getLink(draft, parent, child);
  removeProposal(draft, parent, child);
  if (earlier !== undefined && earlier.untilEpoch === null) endLink(draft, earlier, fromEpoch);
  addLink(draft, { terms: proposal.terms, fromEpoch, untilEpoch: null });
  emit(context, 'LinkAccepted', { parent, child, fromEpoch });
}
