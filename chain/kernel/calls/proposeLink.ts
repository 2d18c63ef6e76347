import { type Account, encode } from '../../../consensus/interface/index.ts';
import { sha256 } from '../../crypto/index.ts';
import { chainError } from '../../errors.ts';
import { type LinkProposal, LinkTerms } from '../../format/entities.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { requireLinkable } from '../links/requireLinkable.ts';
import { putProposal } from '../links/rows.ts';
import { notYours, requireModule } from './moduleFields.ts';

/** A proposal is open for at most this many epochs, so that it does not stay in the state for ever. */
const MAX_PROPOSAL_EPOCHS = 10_000;

/** What the second side accepts: the hash of the terms' canonical bytes. */
export const termsHash = (terms: LinkTerms): `0x${string}` => sha256(encode(LinkTerms, terms));

/** One side offers terms; a newer proposal for the same two, by either side, replaces an older one. */
export function proposeLink(context: CallContext, { terms, expires }: CallOf<'proposeLink'>): void {
  const min = context.epoch.number;
  const max = min + MAX_PROPOSAL_EPOCHS;
  if (expires < min || expires > max) throw chainError('EXPIRY_OUT_OF_RANGE', { min, max });
  const proposer = sideOf(context, terms);
  requireLinkable(context, terms);
  putProposal(context.draft, { terms, proposer, expires });
  emit(context, 'LinkProposed', {
    parent: terms.parent,
    child: terms.child,
    termsHash: termsHash(terms),
    expires,
  });
}

function sideOf({ draft, sender }: CallContext, { parent, child }: LinkTerms): LinkProposal['proposer'] {
  const owns = (module: number): boolean => ownerOf(module) === sender;
  const ownerOf = (module: number): Account => requireModule(draft, module).account;
  if (owns(parent)) return 'parent';
  if (owns(child)) return 'child';
  throw notYours(parent);
}
