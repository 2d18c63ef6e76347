import assert from 'node:assert/strict';
import { VALIDATORS } from './cluster.ts';
import { killsOf, planOf } from './plan.ts';
import { MODULES, soak } from './run.ts';

/** A node dies while it writes a block and again while it starts; then all at once, just after one accepted a transaction. */
const SEED = 13_285;

describe('four validators and two modules that are killed with -9 under load', function () {
  this.timeout(180_000);

  it('lose nothing: no block, no receipt, no accepted transaction; and nobody signs twice', async () => {
    const plan = planOf(SEED, 6, VALIDATORS, MODULES);
    const figures = await soak({ plan, epochLength: 400 });
    assert.equal(
      figures.kills,
      plan.acts.reduce((sum, act) => sum + killsOf(act), 0),
    );
    assert.equal(figures.restarts, figures.kills);
    assert.equal(figures.doubleSignatures, 0);
    // It would prove nothing without load.
    assert.ok(figures.final >= figures.accepted && figures.accepted > 0);
    assert.ok(figures.receipts > 0 && figures.signatures > figures.blocks);
  });
});
