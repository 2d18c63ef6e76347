import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit, nextEpoch } from '../context.ts';
import { getLink, getProposal } from '../getters.ts';
import { endLink, removeProposal } from '../links/rows.ts';
import { notYours, requireModule } from './moduleFields.ts';

/**
 * Either side ends a link; its share holds until this epoch is over. An open proposal of the two, for a link or for
 * other terms of this one, is taken back or turned down with it: nothing that was offered before can bring it back.
 */
export function dissolveLink(context: CallContext, { parent, child }: CallOf<'dissolveLink'>): void {
  const { draft, sender } = context;
  const owners = [requireModule(draft, parent).account, requireModule(draft, child).account];
  if (!owners.includes(sender)) throw notYours(parent);

  const link = getLink(draft, parent, child);
  const isOpen = link !== undefined && link.untilEpoch === null;
  const isProposed = getProposal(draft, parent, child) !== undefined;
  if (!isOpen && !isProposed)
    throw chainError(link === undefined ? 'UNKNOWN_LINK' : 'LINK_DISSOLVED', { parent, child });
  if (isOpen) {
    const untilEpoch = nextEpoch(context);
    endLink(draft, link, untilEpoch);
    emit(context, 'LinkDissolved', { parent, child, untilEpoch });
  }
  if (isProposed) {
    removeProposal(draft, parent, child);
    emit(context, 'LinkProposalDropped', { parent, child });
  }
}
