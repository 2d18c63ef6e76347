/** One settlement as a flow of money: clients, the modules that served, the children that share, the accounts that end up with it. */
import type { SettlementInfo } from '../../node/client/results.ts';

/** One step of revenue between modules, as the `flow` event of consensus-0 tells it. */
export interface Step {
  /** The epoch of the calls: its links and shares hold. */
  readonly terms: number;
  readonly from: number;
  /** null for what `from` keeps. */
  readonly to: number | null;
  readonly shareBps: number;
  /** Base units. */
  readonly amount: bigint;
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  /** Of the revenue of `from`; null where it is no share. */
  readonly shareBps: number | null;
}

/** Names of nodes of the flow. */
export const clientNode = (address: string): string => `client:${address}`;
export const moduleNode = (id: number): string => `module:${id}`;
export const earnerNode = (address: string): string => `earner:${address}`;
/** What a mechanism that tells of no steps does between debits and credits. */
export const MECHANISM = 'mechanism';
/** Debits that nobody was credited with: they stay in the pot of the mechanism. */
export const REST = 'rest';

interface Owner {
  readonly id: number;
  readonly address: string;
}

/** Edges with the same ends are one. */
export function flowOf(
  settlement: SettlementInfo,
  steps: readonly Step[],
  modules: readonly Owner[],
): readonly FlowEdge[] {
  const idOf = new Map(modules.map(({ id, address }) => [address, id]));
  const addressOf = new Map(modules.map(({ id, address }) => [id, address]));
  const isTold = steps.length > 0 && settlement.debits.every(({ server }) => idOf.has(server));
  const paid = settlement.debits.map(({ client, server, amount }) => ({
    from: clientNode(client),
    to: isTold ? moduleNode(idOf.get(server) ?? 0) : MECHANISM,
    amount,
    shareBps: null,
  }));
  const passed = isTold
    ? steps.map(({ from, to, amount, shareBps }) => ({
        from: moduleNode(from),
        to: to === null ? earnerNode(addressOf.get(from) ?? `module ${from}`) : moduleNode(to),
        amount,
        shareBps,
      }))
    : settlement.credits.map(({ account, amount }) => ({
        from: MECHANISM,
        to: earnerNode(account),
        amount,
        shareBps: null,
      }));
  return withRest(joined([...paid, ...passed]));
}

function joined(edges: readonly FlowEdge[]): readonly FlowEdge[] {
  const found = new Map<string, FlowEdge>();
  for (const edge of edges) {
    if (edge.amount === 0n) continue;
    const name = `${edge.from} ${edge.to}`;
    const before = found.get(name);
    // Of several terms between the same two modules no single share is right.
    const shareBps = before === undefined || before.shareBps === edge.shareBps ? edge.shareBps : null;
    found.set(name, { ...edge, shareBps, amount: edge.amount + (before?.amount ?? 0n) });
  }
  return [...found.values()];
}

/** Sums of what goes into a node and out of it. */
export function balanceOf(
  edges: readonly FlowEdge[],
  node: string,
): { readonly in: bigint; readonly out: bigint } {
  const sum = (some: readonly FlowEdge[]): bigint => some.reduce((total, { amount }) => total + amount, 0n);
  return {
    in: sum(edges.filter(({ to }) => to === node)),
    out: sum(edges.filter(({ from }) => from === node)),
  };
}

/** What went into a mechanism or module and is not known to have come out, as an edge of its own: nothing vanishes. */
function withRest(edges: readonly FlowEdge[]): readonly FlowEdge[] {
  const inner = new Set(edges.map(({ to }) => to).filter(node => !node.startsWith('earner:')));
  const rests = [...inner].flatMap(node => {
    const { in: into, out } = balanceOf(edges, node);
    return into > out ? [{ from: node, to: REST, amount: into - out, shareBps: null }] : [];
  });
  return [...edges, ...rests];
}

/** What clients paid, and what accounts got. */
export function totalsOf(edges: readonly FlowEdge[]): {
  readonly paid: bigint;
  readonly earned: bigint;
  readonly rest: bigint;
} {
  const sum = (test: (edge: FlowEdge) => boolean): bigint =>
    edges.filter(test).reduce((total, { amount }) => total + amount, 0n);
  return {
    paid: sum(({ from }) => from.startsWith('client:')),
    earned: sum(({ to }) => to.startsWith('earner:')),
    rest: sum(({ to }) => to === REST),
  };
}
