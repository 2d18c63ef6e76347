import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createHost } from '../../../consensus/compliance/index.ts';
import { stakeTime } from '../../../examples/stake-time/src/index.ts';
import { totalsOf } from '../../../examples/stake-time/src/rows.ts';
import { Model, type Paid } from './model.ts';
import { alice, bob, carol, params, world } from './people.ts';

const PEOPLE = [alice, bob, carol];

type Step =
  | { readonly kind: 'lock'; readonly who: number; readonly value: bigint; readonly epochs: number }
  | { readonly kind: 'extend'; readonly who: number; readonly lock: number; readonly epochs: number }
  | { readonly kind: 'claim' | 'withdraw' | 'exit'; readonly who: number; readonly lock: number }
  | { readonly kind: 'curve'; readonly kPpm: number; readonly p: number; readonly haircutBps: number }
  | { readonly kind: 'epochs'; readonly count: number };

const who = fc.nat(2);
/** From 3 on: whoever owns the lock. */
const anybody = fc.nat(9);
const lock = fc.integer({ min: 1, max: 4 });
const epochs = fc.nat(13);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('lock' as const), who, value: fc.bigInt(0n, 9_999n), epochs }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('extend' as const), who: anybody, lock, epochs }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('claim' as const, 'withdraw' as const, 'exit' as const),
      who: anybody,
      lock,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('curve' as const),
      kPpm: fc.integer({ min: 1, max: 9_000_000 }),
      p: fc.integer({ min: 1, max: 3 }),
      haircutBps: fc.nat(10_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('epochs' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
);

const settings = fc.record({
  vestEpochs: fc.integer({ min: 1, max: 7 }),
  rewardPerEpoch: fc.oneof(fc.bigInt(0n, 1_000n), fc.constant(10n ** 15n)),
});

describe('stake-time tokens against a model that visits every lock in every epoch', () => {
  it('pay the same to the unit, and lose none', () => {
    const reached = { exits: 0, extensions: 0, rewards: 0 };
    fc.assert(
      fc.property(
        settings,
        fc.array(step, { minLength: 10, maxLength: 60 }),
        ({ vestEpochs, rewardPerEpoch }, steps) => {
          const curve = { ...params.curve, tMax: 12 };
          const host = createHost({
            module: stakeTime,
            params: { curve, vestEpochs, rewardPerEpoch, governor: carol },
            world: { ...world, mintCap: rewardPerEpoch },
          });
          const model = new Model(curve, vestEpochs, rewardPerEpoch);
          for (const one of steps) {
            run(host, model, one, reached);
            assert.equal(host.books.pot(), model.pot());
            assert.equal(host.books.emission(), model.minted);
          }
          for (const [id, { owner }] of model.locks) {
            const info = host.query('lock', { account: owner, lock: id }) as ReturnType<Model['rewards']>;
            assert.deepEqual({ claimable: info.claimable, vesting: info.vesting }, model.rewards(id));
          }
          // Everybody leaves in the end, and what is left is what the model has left: less than a unit per lock, and what
          // was lost by early exits after the last who stayed.
          run(host, model, { kind: 'epochs', count: 21 }, reached);
          for (const [id, { owner }] of [...model.locks])
            run(host, model, { kind: 'withdraw', who: PEOPLE.indexOf(owner), lock: id }, reached);
          assert.equal(model.locks.size, 0);
          assert.equal(host.books.pot(), model.pot());
          const { stake, principal, pool } = host.query('totals', {}) as Record<string, bigint>;
          // Rows of epochs stay as long as vesting may ask for them, the one that begins included.
          const epochRows = host.storage.scan(new TextEncoder().encode('e'));
          assert.ok(epochRows.length <= vestEpochs + 1, `${epochRows.length} rows of epochs are left`);
          assert.equal(totalsOf(host.view).issued, 0n);
          assert.deepEqual({ stake, principal, pool }, { stake: 0n, principal: 0n, pool: host.books.pot() });
        },
      ),
      { numRuns: 400 },
    );
    for (const [what, times] of Object.entries(reached)) assert.ok(times > 30, `only ${times} ${what}`);
  });
});

function run(
  host: ReturnType<typeof createHost>,
  model: Model,
  step: Step,
  reached: { exits: number; extensions: number; rewards: number },
): void {
  if (step.kind === 'epochs') {
    for (let count = 0; count < step.count; count++) {
      host.nextEpoch();
      model.close();
    }
    return;
  }
  if (step.kind === 'curve') {
    const { kPpm, p, haircutBps } = step;
    const curve = { kPpm, p, tMax: 12, haircutBps };
    assert.ok(host.call({ sender: carol, method: 'setCurve', args: curve }).ok);
    model.curve = curve;
    return;
  }
  const owner = step.kind === 'lock' ? undefined : model.locks.get(step.lock)?.owner;
  const sender = PEOPLE[step.who] ?? owner ?? alice;
  const before = host.books.free(sender);
  if (step.kind === 'lock' || step.kind === 'extend') {
    const { epochs } = step;
    const expected =
      step.kind === 'lock' ? model.lock(sender, step.value, epochs) : model.extend(sender, step.lock, epochs);
    const result =
      step.kind === 'lock'
        ? host.call({ sender, method: 'lock', args: { epochs }, value: step.value })
        : host.call({ sender, method: 'extend', args: { lock: step.lock, epochs } });
    assert.equal(result.ok ? 'ok' : result.code, expected);
    if (step.kind === 'extend' && result.ok) reached.extensions++;
    return;
  }
  const expected: Paid | string = model[step.kind](sender, step.lock);
  const result = host.call({ sender, method: step.kind, args: { lock: step.lock } });
  if (typeof expected === 'string') assert.equal(result.ok ? 'ok' : result.code, expected);
  else {
    assert.ok(result.ok);
    assert.equal(host.books.free(sender) - before, expected.principal + expected.reward);
    if (step.kind === 'exit') reached.exits++;
    if (expected.reward > 0n) reached.rewards++;
  }
}
