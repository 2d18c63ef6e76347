/** The parts of a tree that are only rules: choice, health, scores, shares, policies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { accepts, CallRefused, type LinkOffer, ModuleError } from '../../../module/index.ts';
import { drawByWeight, leastLoaded } from '../../../module/tree/choose.ts';
import { afterFailure, afterProbe, HEALTHY, type Health, isUsable } from '../../../module/tree/health.ts';
import { estimate, observe, UNSEEN } from '../../../module/tree/latency.ts';
import { below, seeded } from '../../../module/tree/random.ts';
import { afterAnswer, gainOf, NO_SCORE, pointsOf, weightsOf } from '../../../module/tree/scores.ts';
import { planShares } from '../../../module/tree/shares.ts';
import { verdictOf } from '../../../module/tree/verdict.ts';

describe('choice', () => {
  it('goes to the least loaded, then to the clearly faster, then in turn', () => {
    const at = (id: number, inFlight: number, micros: number) => ({ id, inFlight, micros });
    const loaded = [at(0, 2, 10), at(1, 1, 90_000), at(2, 1, 500)];
    assert.equal(leastLoaded(loaded, 0)?.id, 2);
    const alike = [at(0, 0, 600), at(1, 0, 900), at(2, 0, 5_000)];
    assert.deepEqual(
      [0, 1, 2, 3].map(turn => leastLoaded(alike, turn)?.id),
      [0, 1, 0, 0],
    );
    assert.equal(leastLoaded([], 3), undefined);
  });

  it('draws different items, in proportion to their weights', () => {
    const random = seeded(3);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6_000; draw++)
      for (const item of drawByWeight(['a', 'b', 'c'], each => ({ a: 1, b: 2, c: 3 })[each] ?? 0, 1, random))
        counts.set(item, (counts.get(item) ?? 0) + 1);
    for (const [item, expected] of [
      ['a', 1_000],
      ['b', 2_000],
      ['c', 3_000],
    ] as const)
      assert.ok(Math.abs((counts.get(item) ?? 0) - expected) < 150, `${item}: ${counts.get(item)}`);
    const weights = fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(weights, fc.nat(14), fc.integer(), (items, count, seed) => {
        const indexes = items.map((_, index) => index);
        const drawn = drawByWeight(indexes, index => items[index] ?? 1, count, seeded(seed));
        assert.equal(drawn.length, Math.min(count, items.length));
        assert.equal(new Set(drawn).size, drawn.length);
      }),
    );
  });

  it('is fair at the end of the range', () => {
    // 2^32 is 3 times 1,431,655,765 and 1: the last value would favour 0.
    const values = [2 ** 32 - 1, 4];
    assert.equal(
      below(3, () => values.shift() ?? 0),
      1,
    );
  });
});

describe('health', () => {
  const failure = (now: number, certain = false) => ({ now, reason: 'r', certain, jitter: 0 });

  it('three failures in a row take a child out, an answer between them does not let it come to that', () => {
    let health: Health = HEALTHY;
    for (const now of [1, 2]) health = afterFailure(health, failure(now));
    assert.equal(health.phase, 'up');
    assert.equal(afterFailure(health, failure(3)).phase, 'down');
    assert.equal(afterFailure(HEALTHY, failure(3)).phase, 'up');
    assert.equal(afterFailure(HEALTHY, failure(3, true)).phase, 'down');
  });

  it('pauses double up to a limit; late failures of old calls do not count; one call tries a child that is back', () => {
    let health = afterFailure(HEALTHY, failure(0, true));
    const pauses = [health.pauseMs];
    assert.equal(afterFailure(health, failure(health.until - 1, true)), health);
    for (let probe = 0; probe < 8; probe++) {
      health = afterFailure(health, failure(health.until));
      pauses.push(health.pauseMs);
    }
    assert.deepEqual(pauses, [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]);
    const trial = afterProbe(health);
    assert.deepEqual([isUsable(health, 0), isUsable(trial, 0), isUsable(trial, 1)], [false, true, false]);
    assert.equal(afterFailure(trial, failure(trial.until)).phase, 'down');
    assert.equal(afterProbe(HEALTHY), HEALTHY);
  });

  it('the time of answers is a moving average that fades', () => {
    let latency = observe(UNSEEN, 8, 0);
    assert.equal(latency.micros, 8_000);
    latency = observe(latency, 16, 1);
    assert.equal(latency.micros, 9_000);
    assert.deepEqual(
      [
        estimate(latency, 1),
        estimate(latency, 10_001),
        estimate(latency, 20_001),
        estimate(latency, 10 ** 9),
      ],
      [9_000, 4_500, 2_250, 0],
    );
  });

  it('knows from an error whether a child may have run, and whose fault it was', () => {
    const refused = (name: string) => new CallRefused(500, { name, message: '', hint: '' }, {});
    const lost = new ModuleError('LOST', '', '');
    const verdicts = [
      lost,
      refused('BAD_PARAMS'),
      refused('OVERLOADED'),
      refused('FUNCTION_FAILED'),
      refused('X'),
    ];
    assert.deepEqual(verdicts.map(verdictOf), [
      { ran: 'maybe', fault: 'child' },
      { ran: 'no', fault: 'request' },
      { ran: 'no', fault: 'busy' },
      { ran: 'maybe', fault: 'unclear' },
      { ran: 'no', fault: 'child' },
    ]);
    assert.equal(verdictOf(new TypeError('ours')), null);
    assert.equal(verdictOf(new ModuleError('OVER_BUDGET', '', '')), null);
  });
});

describe('scores', () => {
  it('move by half after as many calls as the half-life says, and stay in their bounds', () => {
    for (const halfLife of [1, 3, 20, 500, 10_000]) {
      const gain = gainOf(halfLife);
      let score = NO_SCORE;
      for (let call = 0; call < halfLife; call++) score = afterAnswer(score, 10_000, gain);
      assert.ok(Math.abs(pointsOf(score) - 5_000) < 500, `${halfLife}: ${pointsOf(score)}`);
      assert.equal(score.calls, halfLife);
    }
    const history = fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 50 }), (answers, halfLife) => {
        let score = NO_SCORE;
        for (const answer of answers) score = afterAnswer(score, answer, gainOf(halfLife));
        assert.ok(Number.isSafeInteger(score.average) && score.average >= 0);
        assert.ok(pointsOf(score) <= Math.max(0, ...answers));
      }),
    );
  });

  it('give everybody a floor, and a newcomer its chance', () => {
    const at = (points: number, calls: number) => ({ average: points * 65_536, calls });
    assert.deepEqual(weightsOf([at(8_000, 20), at(0, 20)], 500, 20), [8_400, 400]);
    assert.deepEqual(weightsOf([at(8_000, 20), at(10, 19), NO_SCORE], 500, 20), [8_400, 8_400, 8_400]);
    assert.deepEqual(weightsOf([NO_SCORE, NO_SCORE], 500, 20), [1, 1]);
    assert.deepEqual(weightsOf([], 500, 20), []);
  });
});

describe('shares by score', () => {
  const earned = (...rows: readonly (readonly [shareBps: number, weight: number])[]) =>
    rows.map(([shareBps, weight], id) => ({ id, shareBps, weight }));

  it('give each child the least and split the rest by weight, the largest remainders first', () => {
    const plan = { totalBps: 1_000, minBps: 100, stepBps: 1 };
    // 700 in thirds: 233.33 each; one unit is left, and goes to the first.
    assert.deepEqual(planShares(earned([0, 1], [0, 1], [0, 1]), plan), [
      { child: 0, from: 0, to: 334 },
      { child: 1, from: 0, to: 333 },
      { child: 2, from: 0, to: 333 },
    ]);
    assert.deepEqual(planShares(earned([5, 0], [5, 0]), { totalBps: 10, stepBps: 1 }), []);
    assert.deepEqual(planShares([], { totalBps: 10 }), []);
    // The least of all is more than there is: the same for each.
    const poor = planShares(earned([0, 1], [0, 9]), { totalBps: 10, minBps: 6, stepBps: 1 });
    assert.deepEqual(
      poor.map(({ to }) => to),
      [5, 5],
    );
  });

  it('leave small changes out, unless the total would be exceeded', () => {
    const small = planShares(earned([5_050, 50], [4_950, 50]), { totalBps: 10_000 });
    assert.deepEqual(small, []);
    const over = planShares(earned([5_050, 50], [5_050, 50]), { totalBps: 10_000 });
    assert.deepEqual(
      over.map(({ to }) => to),
      [5_000, 5_000],
    );
  });

  it('never give more than the total, and all of it where the step is one', () => {
    const rows = fc.array(fc.tuple(fc.nat(3_000), fc.nat(10_000)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.nat(10_000), fc.nat(300), (found, totalBps, stepBps) => {
        const children = earned(...found);
        const minBps = Math.floor(totalBps / (2 * children.length));
        const changes = planShares(children, { totalBps, minBps, stepBps });
        const next = children.map(
          ({ id, shareBps }) => changes.find(({ child }) => child === id)?.to ?? shareBps,
        );
        const sum = next.reduce((all, each) => all + each, 0);
        const nobody = children.every(({ weight }) => weight === 0);
        if (nobody) assert.deepEqual(changes, []);
        else assert.ok(sum <= totalBps);
        if (!nobody && stepBps <= 1) assert.equal(sum, totalBps);
      }),
    );
  });

  it('refuse a plan that cannot be', () => {
    for (const plan of [{ totalBps: 10, minBps: -1 }, { totalBps: 10_001 }, { totalBps: 0.5 }])
      assert.throws(() => planShares(earned([0, 1], [0, 1]), plan), { code: 'PLAN_INVALID' });
  });
});

describe('policies for links', () => {
  const offer: LinkOffer = {
    side: 'child',
    other: { id: 4, alias: 'shop', address: '5Shop' },
    kind: 'replica',
    shareBps: 500,
    alias: 'one',
    expires: 9,
  };

  it('accept what every part of the rule allows, and nothing on a side without one', async () => {
    const rules = [
      [{ asChild: {} }, true],
      [{ asChild: { from: [4] } }, true],
      [{ asChild: { from: ['shop', '5Other'] } }, true],
      [{ asChild: { from: ['5Shop'], kinds: ['replica'], minShareBps: 500, maxShareBps: 500 } }, true],
      [{ asChild: { from: ['5Other'] } }, false],
      [{ asChild: { kinds: ['subnet'] } }, false],
      [{ asChild: { minShareBps: 501 } }, false],
      [{ asChild: { maxShareBps: 499 } }, false],
      [{ asParent: {} }, false],
      [{}, false],
      [{ accept: () => true }, true],
      [{ accept: async () => false }, false],
      [{ asParent: {}, accept: () => true }, false],
      [{ asChild: {}, accept: () => false }, false],
      [{ asChild: {}, accept: () => 'yes' as unknown as boolean }, false],
    ] as const;
    for (const [policy, expected] of rules)
      assert.equal(await accepts(policy, offer), expected, JSON.stringify(policy));
    await assert.rejects(accepts({ accept: () => Promise.reject(new Error('no')) }, offer), /no/);
  });
});
