/** The shape that links may have: no circle, and no path of more than 8 links (spec section 3). */
import { chainError } from '../../errors.ts';
import type { Link, LinkTerms } from '../../format/entities.ts';
import { MAX_LINK_DEPTH } from '../../format/limits.ts';
import type { StateReader } from '../../state/index.ts';
import { linkHolds, linksOfChild, linksOfParent } from '../getters.ts';

/** Most links that one search reads, ended ones included, so that no call costs much more than its weight. */
export const LINK_SEARCH_LIMIT = 4096;

/** Refuses a link that would close a circle or make a path too long, in the graph of the next epoch. */
export function requireTree(state: StateReader, { parent, child }: LinkTerms, epoch: number): void {
  const budget = { left: LINK_SEARCH_LIMIT };
  const neighbours = (links: readonly Link[], end: 'parent' | 'child'): number[] => {
    budget.left -= links.length;
    if (budget.left < 0) throw chainError('LINK_GRAPH_TOO_LARGE', { max: LINK_SEARCH_LIMIT });
    return links.filter(link => linkHolds(link, epoch)).map(({ terms }) => terms[end]);
  };
  const below = longestPaths(child, id => neighbours(linksOfParent(state, id), 'child'));
  if (below.has(parent)) throw chainError('LINK_CYCLE', { parent, child });
  const above = longestPaths(parent, id => neighbours(linksOfChild(state, id), 'parent'));
  const depth = (above.get(parent) ?? 0) + 1 + (below.get(child) ?? 0);
  if (depth > MAX_LINK_DEPTH) throw chainError('LINK_TOO_DEEP', { depth, max: MAX_LINK_DEPTH });
}

/** The longest path from each module that can be reached from `start`. Recursion ends: paths are short. */
function longestPaths(start: number, next: (id: number) => readonly number[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const visit = (id: number): number => {
    const known = found.get(id);
    if (known !== undefined) return known;
    const longest = next(id).reduce((length, neighbour) => Math.max(length, 1 + visit(neighbour)), 0);
    found.set(id, longest);
    return longest;
  };
  visit(start);
  return found;
}
