/** The blocks that the page knows, newest first. */
import type { Head } from '../../node/client/results.ts';
import type { Wire } from '../../node/client/wire.ts';

/** Together, each height once, what came last wins; so many of the newest. */
export function mergeHeads(known: readonly Head[], more: readonly Head[], most: number): readonly Head[] {
  const byHeight = new Map([...known, ...more].map(head => [head.height, head]));
  return [...byHeight.values()].sort((a, b) => b.height - a.height).slice(0, most);
}

/** Heights between the newest of these and the head, and below it down to `count` blocks, that nobody has told of. */
export function missingHeights(known: readonly Head[], head: number, base: number, count: number): number[] {
  const has = new Set(known.map(({ height }) => height));
  const lowest = Math.max(base, 1, head - count + 1);
  return Array.from({ length: Math.max(0, head - lowest + 1) }, (_, i) => head - i).filter(h => !has.has(h));
}

export function headOf({ hash, header, transactions }: Wire['Block']): Head {
  const { height, parentHash, time, epoch, proposer, stateRoot } = header;
  return { height, hash, parentHash, time, epoch, proposer, stateRoot, transactions: transactions.length };
}

/** Milliseconds from block to block, on average over these; null for fewer than two. */
export function meanInterval(heads: readonly Head[]): number | null {
  const [newest] = heads;
  const oldest = heads.at(-1);
  if (newest === undefined || oldest === undefined || newest.height === oldest.height) return null;
  return (newest.time - oldest.time) / (newest.height - oldest.height);
}
