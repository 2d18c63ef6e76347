/** Link trees, laid out from left to right: a parent stands between its first and its last child. */
import type { LinkTree } from '../../node/client/results.ts';

export interface Placed {
  readonly tree: LinkTree;
  /** What the module keeps of its revenue, in ten-thousandths. */
  readonly keepsBps: number;
  /** In columns and rows. */
  readonly column: number;
  readonly row: number;
  /** null for the root. */
  readonly parent: Placed | null;
}

export interface Layout {
  readonly placed: readonly Placed[];
  readonly columns: number;
  readonly rows: number;
}

const ALL_BPS = 10_000;

export function layTree(root: LinkTree): Layout {
  const placed: Placed[] = [];
  let rows = 0;
  let columns = 0;
  const rowOf = new Map<LinkTree, number>();

  /** Leaves take the rows in their order. */
  function findRow(tree: LinkTree): number {
    const of = tree.children.map(findRow);
    const row = of.length === 0 ? rows++ : ((of[0] ?? 0) + (of.at(-1) ?? 0)) / 2;
    rowOf.set(tree, row);
    return row;
  }
  function place(tree: LinkTree, column: number, parent: Placed | null): void {
    const keepsBps = ALL_BPS - tree.children.reduce((sum, { shareBps }) => sum + (shareBps ?? 0), 0);
    const own = { tree, keepsBps, column, row: rowOf.get(tree) ?? 0, parent };
    placed.push(own);
    columns = Math.max(columns, column + 1);
    for (const child of tree.children) place(child, column + 1, own);
  }

  findRow(root);
  place(root, 0, null);
  return { placed, columns, rows };
}

/** Those that are nobody's child. A module without links is a tree of its own. */
export function rootsOf(trees: readonly LinkTree[]): readonly LinkTree[] {
  const children = new Set<number>();
  const note = (tree: LinkTree): void => {
    for (const child of tree.children) {
      children.add(child.module);
      note(child);
    }
  };
  trees.forEach(note);
  return trees.filter(({ module }) => !children.has(module));
}

/** `3000` as `30 %`. */
export const percent = (bps: number): string => `${bps / 100}\u202f%`;
