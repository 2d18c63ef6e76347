import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { largestRemainder } from '../../consensus/consensus-0/index.ts';
import { sharesSlowly } from './model.ts';

interface Vectors {
  readonly largest_remainder: readonly { amount: number; bps: number[]; out: number[] }[];
  readonly payment_split_75_15_10: readonly { price: number; floor: number[]; dust: number }[];
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../vectors/seed-systems.json', import.meta.url), 'utf8'),
);
const split = (amount: number, bps: readonly number[]) => largestRemainder(BigInt(amount), bps).map(Number);

/** Shares of any number of rows that sum to 10,000. */
const shares = fc
  .array(fc.nat(10_000), { maxLength: 12 })
  .map(cuts => [0, ...cuts.sort((a, b) => a - b), 10_000])
  .map(cuts => cuts.slice(1).map((cut, index) => cut - (cuts[index] ?? 0)));

describe('largest remainder', () => {
  for (const { amount, bps, out } of vectors.largest_remainder)
    it(`splits ${amount} as in the vectors`, () => assert.deepEqual(split(amount, bps), out));

  for (const { price, floor, dust } of vectors.payment_split_75_15_10)
    it(`pays out the dust that the seeds' system loses of ${price}`, () => {
      const parts = split(price, [7500, 1500, 1000]);
      assert.equal(
        parts.reduce((sum, part) => sum + part, 0),
        price,
      );
      const above = parts.map((part, index) => part - (floor[index] ?? 0));
      assert.equal(
        above.reduce((sum, part) => sum + part, 0),
        dust,
      );
      assert.ok(above.every(extra => extra === 0 || extra === 1));
    });

  it('gives ties to the earlier row', () => {
    assert.deepEqual(split(1, [5000, 5000]), [1, 0]);
    assert.deepEqual(split(2, [2500, 2500, 2500, 2500]), [1, 1, 0, 0]);
  });

  it('agrees with exact rationals', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 0xffff_ffff_ffff_ffffn), shares, (amount, bps) => {
        const parts = largestRemainder(amount, bps);
        assert.deepEqual(parts, sharesSlowly(amount, bps));
        assert.equal(
          parts.reduce((sum, part) => sum + part, 0n),
          amount,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses shares that do not sum to the whole', () => {
    for (const bps of [[], [9_999], [5_000, 5_001], [-1, 10_001]])
      assert.throws(() => largestRemainder(1n, bps), RangeError);
  });
});
