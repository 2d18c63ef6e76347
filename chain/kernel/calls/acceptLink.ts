import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit, nextEpoch } from '../context.ts';
import { getProposal } from '../getters.ts';
import { requireLinkable } from '../links/requireLinkable.ts';
import { addLink, removeProposal } from '../links/rows.ts';
import { requireOwn } from './moduleFields.ts';
import { termsHash } from './proposeLink.ts';

/** The other side accepts the identical terms; the share holds from the next epoch. */
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
  removeProposal(draft, parent, child);
  addLink(draft, { terms: proposal.terms, fromEpoch, untilEpoch: null });
  emit(context, 'LinkAccepted', { parent, child, fromEpoch });
}
