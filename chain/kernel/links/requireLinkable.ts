import { encode } from '../../../consensus/interface/index.ts';
import { chainError } from '../../errors.ts';
import { type Link, LinkTerms } from '../../format/entities.ts';
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

/**
 * Refuses terms that may not hold in the next epoch. Asked when a link is proposed and again when it is accepted. An
 * open link of the same two does not stand in the way of other terms: it makes room for them.
 */
export function requireLinkable(context: CallContext, terms: LinkTerms): void {
  const { parent, child } = terms;
  if (parent === child) throw chainError('SELF_LINK');
  requireServing(context, child);
  requireAlias(terms.alias);
  const link = getLink(context.draft, parent, child);
  if (link !== undefined && link.untilEpoch === null && sameTerms(link.terms, terms))
    throw chainError('LINK_EXISTS', { parent, child });
  requireRoomBelow(context, terms);
  requireRoomAbove(context, terms);
  const namesake = linkAliases.get(context.draft, parent, terms.alias);
  if (namesake !== undefined && namesake !== child) throw chainError('ALIAS_TAKEN', { alias: terms.alias });
  requireTree(context.draft, terms, nextEpoch(context));
}

const sameTerms = (a: LinkTerms, b: LinkTerms): boolean =>
  Buffer.compare(encode(LinkTerms, a), encode(LinkTerms, b)) === 0;

/** Those that hold in the next epoch beside a link with these terms. */
const others = (context: CallContext, kept: readonly Link[], { parent, child }: LinkTerms): Link[] =>
  kept.filter(
    link =>
      linkHolds(link, nextEpoch(context)) && (link.terms.parent !== parent || link.terms.child !== child),
  );

function requireRoomBelow(context: CallContext, terms: LinkTerms): void {
  const { parent, shareBps } = terms;
  const { maxLinks } = requireServing(context, parent);
  const kept = linksOfParent(context.draft, parent);
  const open = others(context, kept, terms);
  if (open.length >= maxLinks) throw chainError('TOO_MANY_LINKS', { module: parent, max: maxLinks });
  if (kept.length >= MAX_KEPT) throw chainError('LINK_HISTORY_FULL', { module: parent });
  const total = open.reduce((sum, link) => sum + link.terms.shareBps, shareBps);
  if (total > ALL_SHARES) throw chainError('SHARES_OVER_LIMIT', { parent, total });
}

function requireRoomAbove(context: CallContext, terms: LinkTerms): void {
  const { child } = terms;
  const kept = linksOfChild(context.draft, child);
  if (others(context, kept, terms).length >= MAX_LINKS_PER_MODULE)
    throw chainError('TOO_MANY_PARENTS', { module: child, max: MAX_LINKS_PER_MODULE });
  if (kept.length >= MAX_KEPT) throw chainError('LINK_HISTORY_FULL', { module: child });
}
