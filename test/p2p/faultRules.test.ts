/** What rules mean, as properties. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decide, type FaultRules, type LinkFaults } from '../../p2p/faults/rules.ts';

const faults: fc.Arbitrary<LinkFaults> = fc.record({
  cut: fc.boolean(),
  latencyMs: fc.nat(2_000),
  jitterMs: fc.nat(2_000),
  lossPercent: fc.integer({ min: 0, max: 100 }),
});
const peer = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const rules: fc.Arbitrary<FaultRules> = fc.record({
  seed: fc.integer(),
  peers: fc.array(fc.tuple(peer, faults)).map(entries => Object.fromEntries(entries)),
});
const way = fc.record({ from: peer, to: peer, lane: fc.constantFrom('hello', 'channel/ordering') });

/** The verdicts on the first frames of a way. */
const verdicts = (given: FaultRules, on: { from: string; to: string; lane: string }, count = 400) =>
  Array.from({ length: count }, (_, n) => decide(given, on, n));
const withFaults = (to: string, some: Partial<LinkFaults>, seed = 1): FaultRules => ({
  seed,
  peers: { [to]: { cut: false, latencyMs: 0, jitterMs: 0, lossPercent: 0, ...some } },
});
const WAY = { from: 'a', to: 'b', lane: 'channel/ordering' };

describe('rules of faults', () => {
  it('say the same of the same frame, always', () => {
    fc.assert(
      fc.property(rules, way, fc.nat(), (given, on, n) => {
        assert.deepEqual(decide(given, on, n), decide(structuredClone(given), { ...on }, n));
      }),
    );
  });

  it('cut, lose and delay within what they say, and touch nobody else', () => {
    fc.assert(
      fc.property(rules, way, fc.nat(), (given, on, n) => {
        const verdict = decide(given, on, n);
        const own = Object.hasOwn(given.peers, on.to) ? given.peers[on.to] : undefined;
        if (own === undefined) assert.deepEqual(verdict, { kind: 'deliver', afterMs: 0 });
        else if (own.cut) assert.equal(verdict.kind, 'cut');
        else if (verdict.kind === 'drop') assert.ok(own.lossPercent > 0 && on.lane !== 'hello');
        else if (verdict.kind === 'deliver') {
          assert.ok(Number.isInteger(verdict.afterMs));
          assert.ok(verdict.afterMs >= own.latencyMs && verdict.afterMs <= own.latencyMs + own.jitterMs);
          assert.ok(own.lossPercent < 100 || on.lane === 'hello');
        } else assert.fail('cut, though no rule says so');
      }),
    );
  });

  it('lose about as many as they say, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 5, max: 95 }), (seed, lossPercent) => {
        const lost = verdicts(withFaults('b', { lossPercent }, seed), WAY).filter(
          ({ kind }) => kind === 'drop',
        );
        // Five standard deviations of 400 throws.
        const spread = 5 * Math.sqrt((400 * lossPercent * (100 - lossPercent)) / 10_000);
        assert.ok(Math.abs(lost.length - 4 * lossPercent) <= spread, `${lost.length} of 400`);
      }),
      { numRuns: 60 },
    );
  });

  it('throw other dice for another seed, direction and lane', () => {
    const rulesOf = (seed: number): FaultRules => ({
      seed,
      peers: { ...withFaults('a', { lossPercent: 50 }).peers, ...withFaults('b', { lossPercent: 50 }).peers },
    });
    const patterns = [
      verdicts(rulesOf(1), WAY),
      verdicts(rulesOf(2), WAY),
      verdicts(rulesOf(1), { ...WAY, from: 'b', to: 'a' }),
      verdicts(rulesOf(1), { ...WAY, lane: 'channel/dev' }),
    ].map(list => list.map(({ kind }) => kind).join());
    assert.equal(new Set(patterns).size, patterns.length);
  });

  it('reach both ends of the jitter', () => {
    const seen = verdicts(withFaults('b', { latencyMs: 10, jitterMs: 3 }), WAY).map(verdict =>
      verdict.kind === 'deliver' ? verdict.afterMs : -1,
    );
    assert.deepEqual([...new Set(seen)].sort(), [10, 11, 12, 13]);
  });
});
