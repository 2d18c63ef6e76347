import assert from 'node:assert/strict';
import { MUTANTS, SOUND } from './sim/mutants.ts';
import { runSchedules } from './sim/run.ts';
import { simulate } from './sim/world.ts';

/** `npm run sim` goes further; these numbers fit into a few seconds. */
const SCHEDULES = 500;

/** Seeds that found a defect once, kept as they are. */
const REGRESSIONS: readonly { readonly seed: number; readonly nodes: number; readonly was: string }[] = [
  { seed: 127, nodes: 4, was: 'validators one round behind waited for votes that nobody sent any more' },
];

/** Where a search for a defect begins that is rare: shortly before the first seed that shows it. */
const FIRST_SEEDS: { readonly [mutant: string]: number } = {
  'no-lock-in-L28': 1290,
  'no-polka-check': 550,
  'no-round-skip': 330,
  'no-round-proof': 120,
};

describe('ordering: simulated schedules', function () {
  this.timeout(60_000);

  it('four validators hold what they promise', () => {
    const { failure } = runSchedules(1, SCHEDULES, 4, SOUND);
    assert.equal(failure, null, failure === null ? '' : `seed ${failure.seed}: ${failure.error}`);
  });

  it('seven validators with two liars hold it too', () => {
    const { failure } = runSchedules(1, 60, 7, SOUND);
    assert.equal(failure, null, failure === null ? '' : `seed ${failure.seed}: ${failure.error}`);
  });

  it('one seed is one history', () => {
    for (let seed = 1; seed <= 20; seed++)
      assert.deepEqual(simulate({ seed, nodes: 4 }), simulate({ seed, nodes: 4 }));
    assert.notEqual(simulate({ seed: 1 }).trace, simulate({ seed: 2 }).trace);
  });

  for (const { seed, nodes, was } of REGRESSIONS)
    it(`seed ${seed}: ${was}`, () => {
      simulate({ seed, nodes });
    });

  for (const mutant of MUTANTS)
    it(`finds the defect ${mutant.name}`, () => {
      const { failure } = runSchedules(FIRST_SEEDS[mutant.name] ?? 1, 5000, 4, mutant);
      assert.notEqual(failure, null, 'survived');
    });
});
