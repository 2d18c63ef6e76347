/** Where the bands of a flow are drawn. Heights are in proportion to amounts; a node is as high as the more of its in and out. */
import { balanceOf, type FlowEdge } from './flow.ts';

export interface Bar {
  readonly node: string;
  readonly column: number;
  readonly y: number;
  readonly height: number;
}
export interface Band {
  readonly edge: FlowEdge;
  readonly from: Bar;
  readonly to: Bar;
  /** Upper ends. */
  readonly y1: number;
  readonly y2: number;
  readonly height: number;
}
export interface Sankey {
  readonly bars: readonly Bar[];
  readonly bands: readonly Band[];
  readonly columns: number;
  readonly height: number;
}

/** In units of the drawing: the highest column without its gaps, and between bars. */
const FULL = 300;
const GAP = 26;
/** A band below this could not be seen. */
const THINNEST = 1.5;

export function laySankey(edges: readonly FlowEdge[]): Sankey {
  const columnOf = columnsOf(edges);
  const nodes = [...columnOf.keys()];
  const amountOf = new Map(
    nodes.map(node => {
      const { in: into, out } = balanceOf(edges, node);
      return [node, into > out ? into : out] as const;
    }),
  );
  const columns = Math.max(0, ...[...columnOf.values()].map(column => column + 1));
  const inColumn = Array.from({ length: columns }, (_, column) =>
    nodes.filter(node => columnOf.get(node) === column),
  );
  const fullest = inColumn
    .map(some => some.reduce((sum, node) => sum + (amountOf.get(node) ?? 0n), 0n))
    .reduce((most, sum) => (sum > most ? sum : most), 1n);
  const heightOf = (amount: bigint): number => Math.max(THINNEST, (FULL * Number(amount)) / Number(fullest));

  const bars = new Map<string, Bar>();
  let height = 0;
  for (const [column, some] of inColumn.entries()) {
    let y = 0;
    for (const node of inOrder(some, edges, bars)) {
      const bar = { node, column, y, height: heightOf(amountOf.get(node) ?? 0n) };
      bars.set(node, bar);
      y += bar.height + GAP;
    }
    height = Math.max(height, y - GAP);
  }
  return { bars: [...bars.values()], bands: bandsOf(edges, bars, heightOf), columns, height };
}

/** The longest way from a client; accounts and what stays behind are the last column. */
function columnsOf(edges: readonly FlowEdge[]): ReadonlyMap<string, number> {
  const columns = new Map<string, number>(
    edges.flatMap(({ from, to }) => [
      [from, 0],
      [to, 0],
    ]),
  );
  // Links have no circles, so that each round moves at least one node to its place; the bound is for data that lies.
  for (let round = 0; round < columns.size; round++)
    for (const { from, to } of edges)
      columns.set(to, Math.max(columns.get(to) ?? 0, (columns.get(from) ?? 0) + 1));
  const last = Math.max(0, ...columns.values());
  return new Map(
    [...columns].map(([node, column]) => [node, edges.some(({ from }) => from === node) ? column : last]),
  );
}

/** Next to what feeds them, so that few bands cross. */
function inOrder(
  nodes: readonly string[],
  edges: readonly FlowEdge[],
  bars: ReadonlyMap<string, Bar>,
): readonly string[] {
  const middle = (node: string): number => {
    const before = edges.filter(({ to }) => to === node).flatMap(({ from }) => bars.get(from) ?? []);
    return before.reduce((sum, bar) => sum + bar.y + bar.height / 2, 0) / Math.max(1, before.length);
  };
  return nodes
    .map((node, index) => ({ node, index, at: middle(node) }))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ node }) => node);
}

function bandsOf(
  edges: readonly FlowEdge[],
  bars: ReadonlyMap<string, Bar>,
  heightOf: (amount: bigint) => number,
): readonly Band[] {
  const used = new Map<string, number>();
  const take = (side: string, height: number): number => {
    const at = used.get(side) ?? 0;
    used.set(side, at + height);
    return at;
  };
  const ends = edges.flatMap(edge => {
    const from = bars.get(edge.from);
    const to = bars.get(edge.to);
    return from === undefined || to === undefined ? [] : [{ edge, from, to }];
  });
  return ends
    .sort((a, b) => a.from.y - b.from.y || a.to.y - b.to.y)
    .map(({ edge, from, to }) => {
      const height = heightOf(edge.amount);
      const y1 = from.y + take(`out ${edge.from}`, height);
      const y2 = to.y + take(`in ${edge.to}`, height);
      return { edge, from, to, y1, y2, height };
    });
}
