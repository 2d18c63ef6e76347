import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  balanceOf,
  clientNode,
  earnerNode,
  flowOf,
  MECHANISM,
  moduleNode,
  REST,
  type Step,
  totalsOf,
} from '../../../devnet/dashboard/flow.ts';
import { laySankey } from '../../../devnet/dashboard/sankey.ts';
import { layTree, rootsOf } from '../../../devnet/dashboard/trees.ts';
import type { LinkTree, SettlementInfo } from '../../../node/client/results.ts';

const owner = (id: number): string => `owner-${id}`;
const modules = [0, 1, 2, 3].map(id => ({ id, address: owner(id) }));

const settlement = (
  debits: readonly (readonly [client: string, server: number, amount: bigint])[],
  credits: SettlementInfo['credits'] = [],
): SettlementInfo => ({
  consensus: 0,
  epoch: 1,
  done: true,
  closedIn: [],
  calls: debits.length,
  total: debits.reduce((sum, [, , amount]) => sum + amount, 0n),
  debits: debits.map(([client, server, amount]) => ({ client, server: owner(server), amount })),
  credits,
  rows: [],
});

/** As consensus-0 divides: children of 0 are 1 and 2, child of 2 is 3; the rest is kept. */
function stepsOf(revenue: bigint): readonly Step[] {
  const share = (amount: bigint, bps: bigint): bigint => (amount * bps) / 10_000n;
  const [one, two] = [share(revenue, 2_500n), share(revenue, 5_000n)];
  const three = share(two, 1_000n);
  return [
    { terms: 0, from: 0, to: 1, shareBps: 2_500, amount: one },
    { terms: 0, from: 0, to: 2, shareBps: 5_000, amount: two },
    { terms: 0, from: 0, to: null, shareBps: 2_500, amount: revenue - one - two },
    { terms: 0, from: 1, to: null, shareBps: 10_000, amount: one },
    { terms: 0, from: 2, to: 3, shareBps: 1_000, amount: three },
    { terms: 0, from: 2, to: null, shareBps: 9_000, amount: two - three },
    { terms: 0, from: 3, to: null, shareBps: 10_000, amount: three },
  ];
}

const amounts = fc.array(fc.bigInt(1n, 10n ** 15n), { minLength: 1, maxLength: 6 });
const paidBy = (paid: readonly bigint[]): SettlementInfo =>
  settlement(paid.map((amount, index) => [`client-${index}`, 0, amount]));
const sum = (paid: readonly bigint[]): bigint => paid.reduce((total, amount) => total + amount, 0n);

describe('the flow of a settlement', () => {
  it('has as much out of each module as into it, and out of all as into all', () => {
    fc.assert(
      fc.property(amounts, paid => {
        const edges = flowOf(paidBy(paid), stepsOf(sum(paid)), modules);
        for (const { id } of modules) {
          const { in: into, out } = balanceOf(edges, moduleNode(id));
          assert.equal(into, out, `module ${id}`);
        }
        assert.deepEqual(totalsOf(edges), { paid: sum(paid), earned: sum(paid), rest: 0n });
      }),
    );
  });

  it('joins what goes the same way, and leaves out what is nothing', () => {
    const twice = settlement([
      ['a', 0, 3n],
      ['a', 0, 4n],
    ]);
    const steps = [
      { terms: 0, from: 0, to: 1, shareBps: 1_000, amount: 1n },
      { terms: 0, from: 0, to: 1, shareBps: 2_000, amount: 1n },
      { terms: 0, from: 0, to: 2, shareBps: 1, amount: 0n },
      { terms: 0, from: 0, to: null, shareBps: 7_000, amount: 5n },
      { terms: 0, from: 1, to: null, shareBps: 10_000, amount: 2n },
    ];
    assert.deepEqual(flowOf(twice, steps, modules), [
      { from: clientNode('a'), to: moduleNode(0), amount: 7n, shareBps: null },
      { from: moduleNode(0), to: moduleNode(1), amount: 2n, shareBps: null },
      { from: moduleNode(0), to: earnerNode(owner(0)), amount: 5n, shareBps: 7_000 },
      { from: moduleNode(1), to: earnerNode(owner(1)), amount: 2n, shareBps: 10_000 },
    ]);
  });

  it('goes through the mechanism where that tells of no steps; what it keeps is shown', () => {
    const credits = [{ account: owner(1), amount: 6n }];
    const edges = flowOf(settlement([['a', 0, 10n]], credits), [], modules);
    assert.deepEqual(
      edges.map(({ from, to, amount }) => [from, to, amount]),
      [
        [clientNode('a'), MECHANISM, 10n],
        [MECHANISM, earnerNode(owner(1)), 6n],
        [MECHANISM, REST, 4n],
      ],
    );
    assert.deepEqual(totalsOf(edges), { paid: 10n, earned: 6n, rest: 4n });
  });

  it('is drawn so that bands lie within their bars and bars apart', () => {
    fc.assert(
      fc.property(amounts, paid => {
        const edges = flowOf(paidBy(paid), stepsOf(sum(paid)), modules);
        const { bars, bands, columns, height } = laySankey(edges);
        assert.equal(bands.length, edges.length);
        for (const { from, to, y1, y2, height: high } of bands) {
          assert.ok(from.column < to.column);
          // A band too thin to be seen is drawn thicker than it is.
          const slack = 1.5 * edges.length;
          assert.ok(y1 >= from.y && y1 + high <= from.y + from.height + slack);
          assert.ok(y2 >= to.y && y2 + high <= to.y + to.height + slack);
        }
        for (let column = 0; column < columns; column++) {
          const inIt = bars.filter(bar => bar.column === column).sort((a, b) => a.y - b.y);
          for (const [index, bar] of inIt.entries()) {
            const next = inIt[index + 1];
            assert.ok(bar.y + bar.height <= (next?.y ?? height) + 1e-6);
          }
        }
      }),
    );
  });

  it('ends although a mechanism tells of a circle', () => {
    const circle = [
      { from: 'module:0', to: 'module:1', amount: 1n, shareBps: null },
      { from: 'module:1', to: 'module:0', amount: 1n, shareBps: null },
    ];
    assert.equal(laySankey(circle).bars.length, 2);
    assert.deepEqual(laySankey([]), { bars: [], bands: [], columns: 0, height: 0 });
  });
});

const tree = (
  module: number,
  children: readonly LinkTree[] = [],
  shareBps: number | null = null,
): LinkTree => ({
  module,
  address: owner(module),
  alias: `m${module}`,
  kind: shareBps === null ? null : 'replica',
  shareBps,
  children,
});

describe('link trees', () => {
  const root = tree(0, [tree(1, [], 2_000), tree(2, [tree(3, [], 500), tree(4, [], 500)], 3_000)]);

  it('are laid out with each child in the next column, and no two in one place', () => {
    const { placed, columns, rows } = layTree(root);
    assert.deepEqual([columns, rows], [3, 3]);
    assert.equal(new Set(placed.map(({ column, row }) => `${column}/${row}`)).size, 5);
    for (const { column, parent } of placed) assert.equal(column, (parent?.column ?? -1) + 1);
    assert.deepEqual(
      placed.map(({ tree: { module }, keepsBps, row }) => [module, keepsBps, row]),
      [
        [0, 5_000, 0.75],
        [1, 10_000, 0],
        [2, 9_000, 1.5],
        [3, 10_000, 1],
        [4, 10_000, 2],
      ],
    );
  });

  it('begin at those who are nobody’s child', () => {
    const all = [root, ...root.children, tree(9)];
    assert.deepEqual(
      rootsOf(all).map(({ module }) => module),
      [0, 9],
    );
  });
});
