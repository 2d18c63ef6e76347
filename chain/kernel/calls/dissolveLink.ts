import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit, nextEpoch } from '../context.ts';
import { getLink, getProposal } from '../getters.ts';
import { endLink, removeProposal } from '../links/rows.ts';
import { notYours, requireModule } from './moduleFields.ts';

/**
 * Either side ends a link; its share holds until this epoch is over. Where nothing but a proposal stands between the
 * two, it is taken back or turned down.
 */
export function dissolveLink(context: CallContext, { parent, child }: CallOf<'dissolveLink'>): void {
  const { draft, sender } = context;
  const owners = [requireModule(draft, parent).account, requireModule(draft, child).account];
  if (!owners.includes(sender)) throw notYours(parent);

  const link = getLink(draft, parent, child);
  if (link !== undefined && link.untilEpoch === null) {
    const untilEpoch = nextEpoch(context);
    endLink(draft, link, untilEpoch);
    emit(context, 'LinkDissolved', { parent, child, untilEpoch });
  } else if (getProposal(draft, parent, child) !== undefined) {
    removeProposal(draft, parent, child);
    emit(context, 'LinkProposalDropped', { parent, child });
  } else if (link !== undefined) throw chainError('LINK_DISSOLVED', { parent, child });
  else throw chainError('UNKNOWN_LINK', { parent, child });
}
