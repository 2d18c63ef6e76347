import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ValidatorSet } from '../../chain/index.ts';
import { proposerAt } from '../../node/ordering/index.ts';
import { validatorAt } from './core.ts';

const setOf = (powers: readonly number[]): ValidatorSet =>
  powers.map((power, index) => ({ validator: validatorAt(index), power }));
const turns = (powers: readonly number[], count: number): number[] => {
  const validators = setOf(powers);
  const accounts = validators.map(({ validator }) => validator);
  return Array.from({ length: count }, (_, height) => accounts.indexOf(proposerAt(validators, height, 0)));
};

describe('ordering: whose turn it is', () => {
  it('rotates strictly with equal powers, whatever they are', () => {
    assert.deepEqual(turns([1, 1, 1], 7), [0, 1, 2, 0, 1, 2, 0]);
    assert.deepEqual(turns([500, 500], 4), [0, 1, 0, 1]);
  });

  it('gives a failed round to the next one in turn', () => {
    const validators = setOf([1, 2, 3]);
    for (let height = 1; height < 12; height++)
      assert.equal(proposerAt(validators, height, 1), proposerAt(validators, height + 1, 0));
  });

  it('spreads the turns of a heavy validator', () => {
    assert.deepEqual(turns([2, 1], 6), [0, 1, 0, 0, 1, 0]);
    assert.deepEqual(turns([3, 1, 1, 1], 6), [0, 0, 1, 2, 3, 0]);
  });

  it('gives each exactly its share over a full schedule', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 }), powers => {
        const total = powers.reduce((sum, power) => sum + power, 0);
        const equal = powers.every(power => power === powers[0]);
        const count = equal ? powers.length : total;
        const found = turns(powers, count);
        for (const [index, power] of powers.entries())
          assert.equal(found.filter(turn => turn === index).length, equal ? 1 : power);
      }),
    );
  });

  it('is never far from the share at any moment, and works with powers up to the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 1, max: 200 }),
        (powers, count) => {
          const total = powers.reduce((sum, power) => sum + power, 0);
          const found = turns(powers, count);
          for (const [index, power] of powers.entries()) {
            const had = found.filter(turn => turn === index).length;
            assert.ok(Math.abs(had - (count * power) / total) <= powers.length);
          }
        },
      ),
      { numRuns: 50 },
    );
    const huge = setOf([2 ** 50, 2 ** 49, 3]);
    assert.ok(huge.some(({ validator }) => validator === proposerAt(huge, 2 ** 52, 7)));
  });

  it('stays near the share in every stretch of heights between two changes of the set', () => {
    const powers = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 6 });
    const stretch = fc.record({ powers, heights: fc.integer({ min: 1, max: 120 }) });
    const property = fc.property(fc.array(stretch, { minLength: 2, maxLength: 5 }), stretches => {
      let height = 1;
      for (const { powers, heights } of stretches) {
        const validators = setOf(powers);
        const total = powers.reduce((sum, power) => sum + power, 0);
        const had = new Map<string, number>();
        for (const end = height + heights; height < end; height++) {
          const proposer = proposerAt(validators, height, 0);
          had.set(proposer, (had.get(proposer) ?? 0) + 1);
        }
        for (const { validator, power } of validators) {
          const off = Math.abs((had.get(validator) ?? 0) - (heights * power) / total);
          // Twice what it can be off at one moment: once at either end.
          assert.ok(off <= 2 * powers.length, `${validator} is ${off} turns off`);
        }
      }
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('refuses an empty set', () => {
    assert.throws(() => proposerAt([], 1, 0), RangeError);
  });
});
