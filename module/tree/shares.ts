/** From scores to shares: what a parent proposes to the children of a subnet. */
import type { LinkTerms } from '../../chain/index.ts';
import { fromHex, type LinkKind, toHex } from '../../consensus/interface/index.ts';
import type { LinkInfo } from '../../node/client/index.ts';
import { ModuleError } from '../errors.ts';
import { moduleOf } from '../server/terms.ts';
import type { Child } from './children.ts';
import type { Site } from './router.ts';
import { watch } from './watch.ts';

export interface SharePlan {
  /** What all children of the subnet get together, in 1/10,000 of the parent's revenue. */
  readonly totalBps: number;
  /** What each of them gets at least, as far as the total goes; 0 when absent. */
  readonly minBps?: number | undefined;
  /** Smaller changes are not worth a transaction; 100 when absent. */
  readonly stepBps?: number | undefined;
}

export interface ShareChange {
  readonly child: number;
  readonly from: number;
  readonly to: number;
}

export interface ProposedShares {
  /** Offered now; the child has to accept. */
  readonly proposed: readonly ShareChange[];
  /** Offered before and still open, or not possible until another child has accepted less. */
  readonly waiting: readonly ShareChange[];
}

export interface Earned {
  readonly id: number;
  /** What holds in the next epoch, in 1/10,000. */
  readonly shareBps: number;
  /** Whole number. */
  readonly weight: number;
}

const ALL = 10_000;
/** Epochs after this one in which a proposal can be accepted. */
const OPEN_EPOCHS = 2;

/**
 * Shares in proportion to weights: each child gets the least, what is left of the total is split by the largest remainder
 * method, ties to the earlier child. Without any weight nothing changes. Changes below the step are left out, unless the
 * total would be exceeded then.
 */
export function planShares(children: readonly Earned[], plan: SharePlan): ShareChange[] {
  const { totalBps, stepBps = 100 } = plan;
  checkPlan(plan);
  // Nobody has earned anything yet: what was agreed stays.
  if (children.every(({ weight }) => weight === 0)) return [];
  const minBps = Math.min(plan.minBps ?? 0, Math.floor(totalBps / Math.max(children.length, 1)));
  const rest = totalBps - minBps * children.length;
  const parts = apportion(
    rest,
    children.map(({ weight }) => weight),
  );
  const exact = children.map(({ id, shareBps }, index) => ({
    child: id,
    from: shareBps,
    to: minBps + (parts[index] ?? 0),
  }));
  const coarse = exact.filter(({ from, to }) => Math.abs(to - from) >= stepBps);
  const total = exact.reduce((sum, change) => sum + (coarse.includes(change) ? change.to : change.from), 0);
  return total <= totalBps ? coarse : exact.filter(({ from, to }) => to !== from);
}

/** Throws PLAN_INVALID. */
export function checkPlan({ totalBps, minBps = 0, stepBps = 0 }: SharePlan): void {
  const isShare = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= ALL;
  if ([totalBps, minBps, stepBps].every(isShare)) return;
  throw new ModuleError(
    'PLAN_INVALID',
    `${totalBps}, at least ${minBps}, in steps of ${stepBps} is no plan for shares`,
    'shares are whole numbers of 1/10,000',
  );
}

function apportion(total: number, weights: readonly number[]): number[] {
  const all = BigInt(weights.reduce((sum, weight) => sum + weight, 0));
  const rows = weights.map((weight, index) => {
    const scaled = BigInt(total) * BigInt(weight);
    return { index, part: Number(scaled / all), remainder: scaled % all };
  });
  const left = rows.reduce((rest, { part }) => rest - part, total);
  const byRemainder = [...rows].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  const favoured = new Set(byRemainder.slice(0, left).map(({ index }) => index));
  return rows.map(({ index, part }) => part + (favoured.has(index) ? 1 : 0));
}

type WeightOf = (child: Child) => number;

/** One pass: what has shrunk first, then what there is room for. */
export async function proposeShares(
  site: Site,
  kind: LinkKind,
  weightOf: WeightOf,
  plan: SharePlan,
): Promise<ProposedShares> {
  const { links } = await nextLinks(site);
  return propose(site, planShares(earnedBy(site, links, kind, weightOf), plan));
}

/**
 * Proposes by itself: the shares that the scores have earned at the start of each epoch, and in the course of it what was
 * not possible then. Resolves with what ends it.
 */
export async function keepShares(
  site: Site,
  kind: LinkKind,
  weightOf: WeightOf,
  plan: SharePlan,
): Promise<() => Promise<void>> {
  const { chain, key, log, clock } = site;
  let goal: { readonly epoch: number; readonly changes: readonly ShareChange[] } | null = null;
  async function look(): Promise<readonly number[]> {
    const { self, epoch, links } = await nextLinks(site);
    if (self === null) return [];
    if (goal?.epoch !== epoch)
      goal = { epoch, changes: planShares(earnedBy(site, links, kind, weightOf), plan) };
    const { proposed } = await propose(site, goal.changes);
    for (const change of proposed) log.info(change, 'proposed another share');
    return [self];
  }
  const { stop } = await watch({ chain, address: key.address, look, log, clock });
  return stop;
}

interface NextLinks {
  readonly self: number | null;
  readonly epoch: number;
  /** Links of the parent that hold in the next epoch, as things stand. */
  readonly links: readonly LinkInfo[];
}

async function nextLinks({ chain, key }: Site): Promise<NextLinks> {
  const { epoch } = await chain.getCurrentEpoch();
  const self = await moduleOf(chain, key.address);
  if (self === null) return { self: null, epoch, links: [] };
  const links = await chain.getLinkChildren({ module: self.id });
  const holds = ({ fromEpoch, untilEpoch }: LinkInfo): boolean =>
    fromEpoch !== null && fromEpoch <= epoch + 1 && (untilEpoch === null || untilEpoch > epoch + 1);
  return { self: self.id, epoch, links: links.filter(holds) };
}

function earnedBy(site: Site, links: readonly LinkInfo[], kind: LinkKind, weightOf: WeightOf): Earned[] {
  const known = new Map(site.children.all().map(child => [child.id, child]));
  return links.flatMap(link => {
    const child = known.get(link.child);
    return link.kind !== kind || child === undefined
      ? []
      : [{ id: link.child, shareBps: link.shareBps, weight: weightOf(child) }];
  });
}

async function propose(site: Site, wanted: readonly ShareChange[]): Promise<ProposedShares> {
  const { self, epoch, links } = await nextLinks(site);
  if (self === null) return { proposed: [], waiting: [] };
  const open = await site.chain.getLinkProposals({ module: self });
  const proposed: ShareChange[] = [];
  const waiting: ShareChange[] = [];
  const given = links.reduce((sum, { shareBps }) => sum + shareBps, 0);
  // What shrinks makes room only when its child has accepted that.
  for (const change of [...wanted].sort((a, b) => a.to - a.from - (b.to - b.from))) {
    const link = links.find(({ child }) => child === change.child);
    if (link === undefined || link.shareBps === change.to) continue;
    const isOpen = open.some(
      offer => offer.parent === self && offer.child === change.child && offer.shareBps === change.to,
    );
    if (isOpen || given - link.shareBps + change.to > ALL) waiting.push(change);
    else {
      const terms = { ...termsOf(link), shareBps: change.to };
      await site.chain.send({
        from: site.key,
        call: { kind: 'proposeLink', terms, expires: epoch + OPEN_EPOCHS },
      });
      proposed.push(change);
    }
  }
  return { proposed, waiting };
}

function termsOf({ parent, child, kind, shareBps, alias, metadata }: LinkInfo): LinkTerms {
  const bytes: LinkTerms['metadata'] =
    metadata.kind === 'inline'
      ? { kind: 'inline', data: fromHex(metadata.data) }
      : { kind: 'reference', uri: metadata.uri, sha256: toHex(fromHex(metadata.sha256)) };
  return { parent, child, kind, shareBps, alias, metadata: bytes };
}
