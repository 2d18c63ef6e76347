/** Which proposals of links a module accepts by itself. */
import type { LinkKind } from '../../consensus/interface/index.ts';
import type { LinkInfo, ModuleInfo } from '../../node/client/index.ts';

/** A proposal as the side sees it that may accept it. */
export interface LinkOffer {
  /** What this module would be. */
  readonly side: 'child' | 'parent';
  /** The other module. */
  readonly other: { readonly id: number; readonly alias: string; readonly address: string };
  readonly kind: LinkKind;
  /** Part of the parent's revenue that goes to the child, in 1/10,000. */
  readonly shareBps: number;
  readonly alias: string;
  /** Last epoch in which it can be accepted. */
  readonly expires: number;
}

/** What must hold for an offer; where nothing is said, everything goes. */
export interface LinkRule {
  /** The other side: ids, aliases or addresses. An alias can be given up and taken by another module, an address not. */
  readonly from?: readonly (number | string)[] | undefined;
  readonly kinds?: readonly LinkKind[] | undefined;
  readonly minShareBps?: number | undefined;
  readonly maxShareBps?: number | undefined;
}

export interface LinkPolicy {
  /** For offers by which this module would be the child; without a rule none is accepted, unless `accept` is there. */
  readonly asChild?: LinkRule | undefined;
  /** For offers by which this module would be the parent. */
  readonly asParent?: LinkRule | undefined;
  /** Has the last word; alone it decides alone. */
  readonly accept?: ((offer: LinkOffer) => boolean | Promise<boolean>) | undefined;
}

/** Whether a policy accepts an offer. Rejects with what `accept` throws. */
export async function accepts(policy: LinkPolicy, offer: LinkOffer): Promise<boolean> {
  const rule = offer.side === 'child' ? policy.asChild : policy.asParent;
  if (rule === undefined && (policy.accept === undefined || hasRules(policy))) return false;
  if (rule !== undefined && !holds(rule, offer)) return false;
  // Only `true`: what an untyped author returns by mistake is no consent.
  return policy.accept === undefined || (await policy.accept(offer)) === true;
}

const hasRules = ({ asChild, asParent }: LinkPolicy): boolean =>
  asChild !== undefined || asParent !== undefined;

function holds({ from, kinds, minShareBps = 0, maxShareBps = 10_000 }: LinkRule, offer: LinkOffer): boolean {
  const { id, alias, address } = offer.other;
  return (
    (from === undefined || from.includes(id) || from.includes(alias) || from.includes(address)) &&
    (kinds === undefined || kinds.includes(offer.kind)) &&
    offer.shareBps >= minShareBps &&
    offer.shareBps <= maxShareBps
  );
}

/** The offer in a proposal, for the side that did not make it; null for the other one. */
export function offerOf(proposal: LinkInfo, self: number, other: ModuleInfo): LinkOffer | null {
  const side = proposal.parent === self ? 'parent' : 'child';
  if (proposal.proposal === undefined || proposal.proposal.proposer === side) return null;
  const { kind, shareBps, alias } = proposal;
  const { id, address } = other;
  return {
    side,
    other: { id, alias: other.alias, address },
    kind,
    shareBps,
    alias,
    expires: proposal.proposal.expires,
  };
}
