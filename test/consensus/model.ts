/** What consensus-0 should do, worked out another way: slowly, with fractions, and without its code. */
import type { LinkView } from '../../consensus/interface/index.ts';

/** A fraction; the denominator is positive. */
interface Fraction {
  readonly above: bigint;
  readonly below: bigint;
}

const greater = (a: Fraction, b: Fraction): boolean => a.above * b.below > b.above * a.below;

/** Hands out unit by unit: each time to the row that is furthest behind its exact due among those rounded down. */
export function sharesSlowly(amount: bigint, bps: readonly number[]): bigint[] {
  const due = bps.map(share => ({ above: amount * BigInt(share), below: 10_000n }));
  const parts = due.map(({ above, below }) => above / below);
  const behind = (index: number): Fraction => {
    const exact = due[index] ?? { above: 0n, below: 1n };
    return { above: exact.above - (parts[index] ?? 0n) * exact.below, below: exact.below };
  };
  while (parts.reduce((sum, part) => sum + part, 0n) < amount) {
    let next = 0;
    for (let index = 1; index < parts.length; index++) if (greater(behind(index), behind(next))) next = index;
    parts[next] = (parts[next] ?? 0n) + 1n;
  }
  return parts;
}

/** What each module keeps of these revenues: a module shares once all that can reach it has arrived. */
export function keptSlowly(
  revenue: ReadonlyMap<number, bigint>,
  links: readonly LinkView[],
): Map<number, bigint> {
  const modules = [...new Set([...revenue.keys(), ...links.flatMap(({ parent, child }) => [parent, child])])];
  const inflow = new Map(modules.map(module => [module, revenue.get(module) ?? 0n]));
  const kept = new Map<number, bigint>();
  while (kept.size < modules.length) {
    const ready = modules.find(
      module => !kept.has(module) && links.every(({ parent, child }) => child !== module || kept.has(parent)),
    );
    if (ready === undefined) throw new Error('the links form a circle');
    const own = links.filter(({ parent }) => parent === ready).sort((a, b) => a.child - b.child);
    const given = own.map(({ shareBps }) => shareBps);
    const rest = 10_000 - given.reduce((sum, share) => sum + share, 0);
    const parts = sharesSlowly(inflow.get(ready) ?? 0n, [...given, rest]);
    for (const [index, { child }] of own.entries())
      inflow.set(child, (inflow.get(child) ?? 0n) + (parts[index] ?? 0n));
    kept.set(ready, parts.at(-1) ?? 0n);
  }
  return kept;
}
