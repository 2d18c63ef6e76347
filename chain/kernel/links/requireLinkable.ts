import { chainError } from '../../errors.ts';
import type { LinkTerms } from '../../format/entities.ts';
import { MAX_LINKS_PER_MODULE } from '../../format/limits.ts';
import { requireAlias, requireServing } from '../calls/moduleFields.ts';
import { type CallContext, nextEpoch } from '../context.ts';
import { getLink, linkHolds, linksOfChild, linksOfParent } from '../getters.ts';
import { linkAliases } from '../tables.ts';
import { requireTree } from './graph.ts';

/** All of a parent's shares together, in 1/10,000. */
const ALL_SHARES = 10_000;
/** Links of one module that are kept, dissolved ones included; scans of them stay short. */
const MAX_KEPT = 4 * MAX_LINKS_PER_MODULE;

/** Refuses terms that may not hold in the next epoch. Asked when a link is proposed and again when it is accepted. */
export function requireLinkable(context: CallContext, terms: LinkTerms): void {
  const { parent, child } = terms;
  if (parent === child) throw chainError('SELF_LINK');
  requireServing(context, child);
  requireAlias(terms.alias);
  const link = getLink(context.draft, parent, child);
  if (link !== undefined && link.untilEpoch === null) throw chainError('LINK_EXISTS', { parent, child });
  requireRoomBelow(context, terms);
  requireRoomAbove(context, child);
  if (linkAliases.has(context.draft, parent, terms.alias))
    throw chainError('ALIAS_TAKEN', { alias: terms.alias });
  requireTree(context.draft, terms, nextEpoch(context));
}

function requireRoomBelow(context: CallContext, { parent, shareBps }: LinkTerms): void {
  const { maxLinks } = requireServing(context, parent);
  const kept = linksOfParent(context.draft, parent);
  const open = kept.filter(link => linkHolds(link, nextEpoch(context)));
  if (open.length >= maxLinks) throw chainError('TOO_MANY_LINKS', { module: parent, max: maxLinks });
  if (kept.length >= MAX_KEPT) throw chainError('LINK_HISTORY_FULL', { module: parent });
  const total = open.reduce((sum, link) => sum + link.terms.shareBps, shareBps);
  if (total > ALL_SHARES) throw chainError('SHARES_OVER_LIMIT', { parent, total });
}

function requireRoomAbove(context: CallContext, child: number): void {
  const kept = linksOfChild(context.draft, child);
  const open = kept.filter(link => linkHolds(link, nextEpoch(context)));
  if (open.length >= MAX_LINKS_PER_MODULE)
    throw chainError('TOO_MANY_PARENTS', { module: child, max: MAX_LINKS_PER_MODULE });
  if (kept.length >= MAX_KEPT) throw chainError('LINK_HISTORY_FULL', { module: child });
}
