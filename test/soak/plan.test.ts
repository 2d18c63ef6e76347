import assert from 'node:assert/strict';
import fc from 'fast-check';
import { killsOf, planOf } from './plan.ts';

describe('the plan of a soak', () => {
  it('follows from its seed, kills as often as it should, and whom there is', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), (seed, kills) => {
        const { acts } = planOf(seed, kills, 4, 2);
        assert.deepEqual(planOf(seed, kills, 4, 2).acts, acts);
        const planned = acts.reduce((sum, act) => sum + killsOf(act), 0);
        assert.ok(planned >= kills && planned <= kills + 4);
        for (const { victims, again, module } of acts) {
          assert.equal(new Set(victims).size, victims.length);
          assert.ok(victims.every(index => index >= 0 && index < 4));
          assert.ok(module === null || module === 0 || module === 1);
          assert.ok(again?.kind !== 'syncing' || victims.length === 1);
        }
      }),
    );
  });

  it('of 200 kills has every kind of moment, of second death, and of company', () => {
    const { acts } = planOf(1, 200, 4, 2);
    const seen = new Set(
      acts.flatMap(({ victims, moment, again, module }) => [
        `${victims.length} at once`,
        moment.kind === 'message' ? moment.signed : moment.kind,
        again?.kind ?? 'once',
        module === null ? 'nodes' : 'and a module',
      ]),
    );
    const all = [
      '1 at once',
      '2 at once',
      '4 at once',
      'delay',
      'proposal',
      'prevote',
      'precommit',
      'commit',
    ];
    all.push('accepted', 'answered', 'starting', 'ready', 'syncing', 'once', 'nodes', 'and a module');
    assert.deepEqual([...seen].sort(), all.sort());
  });
});
