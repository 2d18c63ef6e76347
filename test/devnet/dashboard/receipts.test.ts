import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyPairFromUri } from '../../../chain/index.ts';
import { largestRemainder } from '../../../consensus/consensus-0/amount.ts';
import { Claim } from '../../../consensus/consensus-0/format.ts';
import { askedFor, signedRow } from '../../../devnet/dashboard/claims.ts';
import { divisionsOf, roundingOf } from '../../../devnet/dashboard/explain.ts';
import type { Step } from '../../../devnet/dashboard/flow.ts';
import { toJson } from '../../../node/rpc/json.ts';
import { claimsOf, served } from '../../consensus/support.ts';

const [server, alice, bob] = ['//Server', '//Alice', '//Bob'].map(uri => keyPairFromUri(uri)) as [
  ReturnType<typeof keyPairFromUri>,
  ReturnType<typeof keyPairFromUri>,
  ReturnType<typeof keyPairFromUri>,
];

describe('claims as people read them', () => {
  it('say what was signed: each call, and a tally with what it covers', async () => {
    const tally = { nonce: 2, count: 2, total: 14n };
    const call = (client: typeof alice, nonce: number, cost: bigint, change: object = {}) =>
      served({ server: server.account, client: client.account, nonce, cost, ...change });
    const receipts = [
      call(alice, 1, 7n),
      call(alice, 2, 7n),
      call(alice, 3, 4n, { tally, maxUsage: 9n }),
      call(bob, 5, 10n),
    ];
    const [claim] = await claimsOf(receipts, 1, server.account);
    assert.ok(claim);
    const args = toJson(Claim, claim);
    const ofAlice = signedRow(args, alice.address);
    const { time } = JSON.parse(receipts[2]?.header ?? '') as { time: number };
    assert.deepEqual(ofAlice, {
      tally: { ...tally, signedWith: 3 },
      calls: [{ nonce: 3, fn: 'infer', time, maxUsage: 9n, cost: 4n }],
    });
    assert.equal(askedFor(ofAlice), 18n);
    assert.deepEqual(
      signedRow(args, bob.address)?.calls.map(({ nonce, cost }) => [nonce, cost]),
      [[5, 10n]],
    );
    assert.equal(signedRow(args, server.address), null);
  });

  it('are not read at all where they have another form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        assert.equal(signedRow(value, alice.address), null);
        const row = { client: alice.address, tally: 0, receipts: [value] };
        assert.equal(signedRow({ time: 1, terms: [value], rows: [row] }, alice.address), null);
      }),
    );
  });
});

/** Links of a module with what each child gets; a child is of a higher number, so that there is no circle. */
const world = fc.record({
  own: fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 4, maxLength: 4 }),
  shares: fc.array(fc.integer({ min: 0, max: 3_333 }), { minLength: 6, maxLength: 6 }),
});
const PAIRS = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
  [2, 3],
] as const;

/** As consensus-0 divides, with its own arithmetic. */
function stepsOf({
  own,
  shares,
}: {
  readonly own: readonly bigint[];
  readonly shares: readonly number[];
}): Step[] {
  const inflows = [...own];
  return inflows.flatMap((_, from) => {
    const links = PAIRS.flatMap(([parent, to], i) =>
      parent === from ? [{ to, shareBps: shares[i] ?? 0 }] : [],
    );
    const given = links.filter(({ shareBps }) => shareBps > 0);
    const kept = given.reduce((rest, { shareBps }) => rest - shareBps, 10_000);
    const rows = [...given, { to: null, shareBps: kept }];
    const amounts = largestRemainder(
      inflows[from] ?? 0n,
      rows.map(({ shareBps }) => shareBps),
    );
    return rows.flatMap(({ to, shareBps }, i): Step[] => {
      const amount = amounts[i] ?? 0n;
      if (to !== null) inflows[to] = (inflows[to] ?? 0n) + amount;
      return amount === 0n ? [] : [{ terms: 4, from, to, shareBps, amount }];
    });
  });
}

describe('why a module earned what it did', () => {
  it('adds up: what came in is what was passed on and kept, and each rounding is less than a unit', () => {
    fc.assert(
      fc.property(world, made => {
        const steps = stepsOf(made);
        let kept = 0n;
        for (const { module, inflow, own, shares, parts, kept: part } of divisionsOf(steps)) {
          const sum = (some: readonly { readonly amount: bigint }[]): bigint =>
            some.reduce((total, { amount }) => total + amount, 0n);
          assert.equal(inflow, sum(parts));
          assert.equal(own, made.own[module], 'what it served itself is what is left without the shares');
          assert.equal(inflow, own + sum(shares.map(({ part: { amount } }) => ({ amount }))));
          for (const { shareBps, amount, beyond, isUp } of parts) {
            const exact = inflow * BigInt(shareBps);
            assert.equal(amount * 10_000n, isUp ? exact + 10_000n - BigInt(beyond) : exact - BigInt(beyond));
            assert.ok(beyond >= 0 && beyond < 10_000);
          }
          kept += part;
        }
        assert.equal(
          kept,
          made.own.reduce((sum, amount) => sum + amount, 0n),
        );
      }),
    );
  });

  it('keeps calls of different epochs apart: each has links of its own', () => {
    const steps = [
      { terms: 3, from: 0, to: 1, shareBps: 5_000, amount: 2n },
      { terms: 3, from: 0, to: null, shareBps: 5_000, amount: 1n },
      { terms: 4, from: 0, to: null, shareBps: 10_000, amount: 9n },
      { terms: 3, from: 1, to: null, shareBps: 10_000, amount: 2n },
    ];
    assert.deepEqual(
      divisionsOf(steps).map(({ module, terms, inflow, own, kept }) => [module, terms, inflow, own, kept]),
      [
        [0, 3, 3n, 3n, 1n],
        [0, 4, 9n, 9n, 9n],
        [1, 3, 2n, 0n, 2n],
      ],
    );
    const [first] = divisionsOf(steps);
    assert.deepEqual(first?.parts.map(roundingOf), [
      'rounded up by 0.5 of a base unit',
      'rounded down by 0.5 of a base unit',
    ]);
  });
});
