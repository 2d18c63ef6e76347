import assert from 'node:assert/strict';
import { guiltyOf } from './sim/accountability.ts';
import { accountNumber } from './sim/blocks.ts';
import { replayedChoices } from './sim/choices.ts';
import { MUTANTS, type Mutant } from './sim/mutants.ts';
import { runSchedules, type Totals } from './sim/run.ts';
import { shrink } from './sim/shrink.ts';
import type { UnsignedVote } from './sim/signatures.ts';
import { simulate } from './sim/world.ts';

/** `npm run sim` goes further; these numbers fit into a few seconds. */
const SCHEDULES = 320;

/** Defects that take long to find: the first seed that shows each (docs/simulator.md has the table). */
const RARE: { readonly [mutant: string]: number } = {
  'no-lock-in-L28': 12_658,
  'no-polka-check': 1948,
  'locked-round-ignored': 5384,
  'no-persisted-lock': 654,
  'late-polka-not-valid': 26_387,
  'polka-in-its-step-only': 1793,
  'no-round-skip': 2466,
};
/** Schedules in which all others are found. */
const USUAL = 400;

/** Seeds that found a defect of the core or of the simulator once, kept as they are. */
const REGRESSIONS: readonly (readonly [seed: number, was: string])[] = [
  [21, 'a liar signed with the key of another validator'],
  [24, 'an input of an earlier height counted as heard at this one'],
  [272, 'a node that had stopped went on'],
  [7979, 'a block lost after voting on top of it, beside another fault, and nobody could vote'],
];

function holds(totals: Totals): Totals {
  assert.equal(totals.failure, null, `seed ${totals.failure?.seed}: ${totals.failure?.error.stack}`);
  return totals;
}

const mutantNamed = (name: string): Mutant => {
  const mutant = MUTANTS.find(other => other.name === name);
  assert.ok(mutant, name);
  return mutant;
};

describe('ordering: simulated schedules', function () {
  this.timeout(120_000);

  it('validators hold what they promise', () => {
    const { withEvidence, forks } = holds(runSchedules(SCHEDULES, { seed: 1 }));
    assert.ok(withEvidence > SCHEDULES / 4, 'the faulty were not caught');
    assert.ok(forks > 0, 'nothing forked, although too many were faulty in some schedules');
  });

  it('seven validators hold it too', () => {
    holds(runSchedules(40, { seed: 1, nodes: 7 }));
  });

  it('it holds on the real state machine, where wrong blocks get a nil vote with a named reason', () => {
    const { refusals } = holds(runSchedules(40, { seed: 1, kernel: true }));
    assert.ok(refusals.has('WRONG_STATE_ROOT') && refusals.size >= 3, [...refusals.keys()].join());
  });

  it('one seed is one history', () => {
    for (let seed = 1; seed <= 20; seed++) assert.deepEqual(simulate({ seed }), simulate({ seed }));
    assert.notEqual(simulate({ seed: 1 }).fingerprint, simulate({ seed: 2 }).fingerprint);
  });

  for (const [seed, was] of REGRESSIONS)
    it(`seed ${seed}: ${was}`, () => {
      simulate({ seed });
    });

  for (const mutant of MUTANTS)
    it(`finds the defect ${mutant.name}`, () => {
      const rare = RARE[mutant.name];
      const { failure } = runSchedules(rare === undefined ? USUAL : 1, { seed: rare ?? 1, mutant });
      assert.notEqual(failure, null, 'survived');
    });
});

describe('shrinking', function () {
  this.timeout(120_000);

  it('gives a schedule that breaks the same promise with less than half of the draws', () => {
    const mutant = mutantNamed('no-lock-in-L22');
    const scenario = { seed: 1, nodes: 4, kernel: false, mutant };
    const { failure } = runSchedules(1000, scenario);
    assert.ok(failure);
    const small = shrink({ ...scenario, seed: failure.seed }, 300);
    assert.ok(small);
    assert.equal(small.failure.what, failure.what);
    assert.ok(small.after * 2 < small.before, `${small.before} draws became ${small.after}`);
    const story: string[] = [];
    const again = { ...scenario, seed: failure.seed, choices: replayedChoices(small.draws) };
    assert.throws(() => simulate({ ...again, tell: line => story.push(line) }), { promise: failure.what });
    assert.ok(story.some(line => line.includes('prevote')));
  });

  it('has nothing to do where a schedule holds', () => {
    assert.equal(shrink({ seed: 1 }), null);
  });
});

describe('accountability', () => {
  const [a, b] = [accountNumber(0xb1), accountNumber(0xb2)];
  const validators = [0, 1, 2, 3].map(index => accountNumber(0xa0 + index));
  const powers = new Map(validators.map(validator => [validator, 1]));
  const votes = (
    kind: UnsignedVote['kind'],
    round: number,
    blockHash: typeof a | null,
    ...voters: number[]
  ) =>
    voters.map(
      (index): UnsignedVote => ({
        kind,
        height: 1,
        round,
        blockHash,
        validator: validators[index] ?? accountNumber(0),
      }),
    );
  const guilty = (...all: readonly UnsignedVote[][]): number[] =>
    [...guiltyOf(all.flat(), powers, 4)].map(validator => validators.indexOf(validator)).sort();

  it('finds who voted twice in one round', () => {
    assert.deepEqual(guilty(votes('precommit', 0, a, 0, 1, 2), votes('precommit', 0, b, 1, 2, 3)), [1, 2]);
    assert.deepEqual(guilty(votes('prevote', 0, a, 0), votes('prevote', 0, null, 0)), [0]);
  });

  it('finds who left a lock without a reason', () => {
    const locked = votes('precommit', 0, a, 0, 1, 2);
    assert.deepEqual(guilty(locked, votes('prevote', 2, b, 1, 2, 3)), [1, 2]);
  });

  it('clears who was shown a polka since, and who prevotes nil or the same again', () => {
    const locked = votes('precommit', 0, a, 0);
    assert.deepEqual(guilty(locked, votes('prevote', 1, b, 1, 2, 3), votes('prevote', 2, b, 0)), []);
    assert.deepEqual(guilty(locked, votes('prevote', 1, b, 1, 2), votes('prevote', 2, b, 0)), [0]);
    assert.deepEqual(guilty(locked, votes('prevote', 1, null, 0), votes('prevote', 2, a, 0)), []);
  });
});
