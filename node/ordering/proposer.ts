/** Whose turn it is to propose: weighted round robin, computed from nothing but the validator set and a number. */
import type { ValidatorSet } from '../../chain/index.ts';
import type { Account } from '../../consensus/interface/index.ts';

/**
 * The proposer of a round. Turn `height + round` of an endless, even schedule: over as many turns as there is power,
 * each validator has exactly as many as its share, spread as evenly as possible; with equal powers that is strict
 * rotation in order of the set. A failed round gives the turn to the next one.
 *
 * Validator i has its turns at the positions (2j + 1) / power(i), j = 0, 1, ...; turns go in order of position, ties
 * in order of the set (the divisor method of Webster). Throws RangeError for an empty set.
 */
export function proposerAt(validators: ValidatorSet, height: number, round: number): Account {
  const first = validators[0];
  if (first === undefined) throw new RangeError('a validator set must not be empty');
  const turn = height + round;
  if (validators.every(({ power }) => power === first.power))
    return (validators[turn % validators.length] ?? first).validator;
  return weightedTurn(validators, BigInt(turn));
}

interface Candidate {
  readonly validator: Account;
  readonly power: bigint;
  /** Turns before the one that is looked for. */
  had: bigint;
}

function weightedTurn(validators: ValidatorSet, turn: bigint): Account {
  const powers = validators.map(({ power }) => BigInt(power));
  const total = powers.reduce((sum, power) => sum + power, 0n);
  const wanted = turn % total;
  // Up to position x (in turns) validator i has had round(x * share) turns, so all together within half a turn per
  // validator of x: start that far below, and walk the rest.
  const count = BigInt(validators.length);
  const from = wanted > count ? wanted - count : 0n;
  const candidates = validators.map(({ validator }, index): Candidate => {
    const power = powers[index] ?? 0n;
    return { validator, power, had: (2n * from * power + total) / (2n * total) };
  });
  for (let had = candidates.reduce((sum, candidate) => sum + candidate.had, 0n); ; had++) {
    const next = candidates.reduce((best, other) => (isBefore(other, best) ? other : best));
    if (had === wanted) return next.validator;
    next.had++;
  }
}

/** Compares (2 had + 1) / power without division. */
const isBefore = (left: Candidate, right: Candidate): boolean =>
  (2n * left.had + 1n) * right.power < (2n * right.had + 1n) * left.power;
