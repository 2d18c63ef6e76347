import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { createHost } from '../../../consensus/compliance/index.ts';
import { type BlockInfo, encode, type Op, type Outcome } from '../../../consensus/interface/index.ts';
import { multiplierPpm, stakeOf } from '../../../examples/stake-time/src/curve.ts';
import { stakeTime } from '../../../examples/stake-time/src/index.ts';
import { lockKey, Params, totalsOf } from '../../../examples/stake-time/src/rows.ts';
import { alice, bob, carol, params, world } from './people.ts';

const { staketime: vectors } = JSON.parse(
  readFileSync(new URL('../../vectors/seed-systems.json', import.meta.url), 'utf8'),
);
const host = (over: Partial<Params> = {}, cap = 100n) =>
  createHost({ module: stakeTime, params: { ...params, ...over }, world: { ...world, mintCap: cap } });
type TestHost = ReturnType<typeof host>;
const lock = (at: TestHost, sender: typeof alice, value: bigint, epochs: number) =>
  at.call({ sender, method: 'lock', args: { epochs }, value });
const infoOf = (at: TestHost, account: typeof alice, id: number) => at.query('lock', { account, lock: id });

describe('the curve of stake-time tokens', () => {
  const curve = { kPpm: vectors.k * 1_000_000, p: vectors.p, tMax: vectors.tmax_days, haircutBps: 0 };

  it('is that of the known answers', () => {
    for (const { days, multiplier_ppm } of vectors.floor_ppm)
      assert.equal(multiplierPpm(curve, days), BigInt(multiplier_ppm), `${days} days`);
    assert.equal(stakeOf(curve, 1_000_000n, 1), 2739n);
    assert.equal(stakeOf(curve, 365n, 1460), 1460n);
  });

  it('never falls with time, is k at the end, and stays below its straight line for p above 1', () => {
    const curves = fc.record({
      kPpm: fc.integer({ min: 1, max: 0xffff_ffff }),
      p: fc.integer({ min: 1, max: 4 }),
      tMax: fc.integer({ min: 1, max: 0xffff_ffff }),
      haircutBps: fc.constant(0),
    });
    fc.assert(
      fc.property(curves, fc.nat(1e6), fc.nat(1e6), (any, x, y) => {
        const [shorter, longer] = [x, y].map(ppm => Math.floor((any.tMax * ppm) / 1e6)).sort((a, b) => a - b);
        const [low, high] = [multiplierPpm(any, shorter ?? 0), multiplierPpm(any, longer ?? 0)];
        assert.ok(low <= high);
        assert.equal(multiplierPpm(any, any.tMax), BigInt(any.kPpm));
        assert.ok(high <= multiplierPpm({ ...any, p: 1 }, longer ?? 0));
      }),
    );
  });
});

describe('stake-time tokens', () => {
  it('pay each epoch by stake, in equal parts over the epochs after it', () => {
    const at = host();
    lock(at, alice, 1_000n, 4); // counts 2,000
    lock(at, bob, 3_000n, 4); // counts 6,000
    at.nextEpoch();
    assert.deepEqual(at.query('projected', { amount: 1_000n, epochs: 4 }), {
      multiplierPpm: 2_000_000n,
      stake: 2_000n,
      perEpoch: 20n,
      start: 2,
      end: 6,
    });
    const [step] = at.nextEpoch();
    assert.deepEqual(step?.events, [{ name: 'rewarded', data: { epoch: 1, minted: 100n, stake: 8_000n } }]);
    // 25 for alice, half of it vested; 2^-64 of rounding makes 12 of 12.5 and 37 of 37.5.
    assert.deepEqual(infoOf(at, alice, 1), {
      lock: 1,
      amount: 1_000n,
      stake: 2_000n,
      curve: 0,
      start: 1,
      end: 5,
      claimable: 12n,
      vesting: 12n,
    });
    assert.deepEqual(at.call({ sender: bob, method: 'claim', args: { lock: 2 } }), {
      ok: true,
      events: [{ name: 'claimed', data: { account: bob, lock: 2, amount: 37n } }],
    });
    for (let epoch = 0; epoch < 6; epoch++) at.nextEpoch();
    for (const [owner, id] of [
      [alice, 1],
      [bob, 2],
    ] as const)
      assert.ok(at.call({ sender: owner, method: 'withdraw', args: { lock: id } }).ok);
    assert.equal(at.books.free(alice), 1_000_000n + 99n);
    assert.equal(at.books.free(bob), 1_000_000n + 299n);
    assert.equal(at.books.emission(), 400n, 'four epochs of the locks, none without stake');
    assert.equal(at.books.pot(), 2n, 'two fractions, for whoever locks next');
    assert.equal(totalsOf(at.view).pool, 2n << 64n);
  });

  it('give what is lost by leaving early to those who stay', () => {
    const at = host();
    lock(at, alice, 10_000n, 8);
    lock(at, bob, 10_000n, 8);
    for (let epoch = 0; epoch < 3; epoch++) at.nextEpoch();
    const left = at.call({ sender: alice, method: 'exit', args: { lock: 1 } });
    // Two epochs of 50: the first vested whole, the second half; 2^-64 of rounding makes 74 of 75.
    assert.deepEqual(left, {
      ok: true,
      events: [
        {
          name: 'exited',
          data: {
            account: alice,
            lock: 1,
            amount: 10_000n,
            haircut: 1_000n,
            reward: 74n,
            forfeited: 25n,
            stake: 40_000n,
          },
        },
      ],
    });
    assert.deepEqual(at.query('totals', {}), {
      epoch: 3,
      stake: 40_000n,
      principal: 10_000n,
      pool: 1_026n,
      rewardPerEpoch: 100n,
      vestEpochs: 2,
      curve: 0,
    });
    at.nextEpoch();
    assert.equal(totalsOf(at.view).pool >> 64n, 0n);
    assert.equal(infoOf(at, alice, 1), null);
    const { claimable, vesting } = infoOf(at, bob, 2) as { claimable: bigint; vesting: bigint };
    assert.equal(claimable + vesting, 50n + 50n + 100n + 1_026n - 1n);
  });

  it('count an extension from the next epoch on, by the curve of the lock', () => {
    const at = host();
    lock(at, alice, 1_000n, 2);
    at.nextEpoch();
    assert.ok(at.call({ sender: carol, method: 'setCurve', args: { ...params.curve, kPpm: 8_000_000 } }).ok);
    const longer = at.call({ sender: alice, method: 'extend', args: { lock: 1, epochs: 6 } });
    assert.ok(longer.ok);
    assert.deepEqual(longer.events[0]?.data, {
      account: alice,
      lock: 1,
      amount: 1_000n,
      stake: 3_000n,
      start: 1,
      end: 7,
    });
    assert.equal(totalsOf(at.view).active, 1_000n);
    at.nextEpoch();
    assert.equal(totalsOf(at.view).active, 3_000n);
    lock(at, bob, 1_000n, 6);
    assert.equal((infoOf(at, bob, 2) as { stake: bigint }).stake, 6_000n);
    assert.deepEqual(at.query('curve', { curve: 0 }), params.curve);
    assert.deepEqual(at.query('curve', { curve: null }), { ...params.curve, kPpm: 8_000_000 });
    assert.equal(at.query('curve', { curve: 2 }), null);
  });

  it('refuse more extensions than a lock can keep apart', () => {
    const at = host({ curve: { ...params.curve, tMax: 100 } });
    lock(at, alice, 10_000n, 50);
    const longer = (epochs: number) =>
      at.call({ sender: alice, method: 'extend', args: { lock: 1, epochs } });
    assert.ok(longer(51).ok, 'before it starts: no part of its own');
    for (let extra = 52; extra < 67; extra++) {
      at.nextEpoch();
      assert.ok(longer(extra).ok, `${extra}`);
    }
    assert.ok(longer(67).ok, 'a second time in one epoch');
    at.nextEpoch();
    const refused = longer(68);
    assert.equal(refused.ok ? 'ok' : refused.code, 'TOO_MANY_EXTENSIONS');
  });

  it('refuse stake beyond u64', () => {
    const rich = (2n ** 64n - 1n) / 4n + 1n;
    const at = createHost({
      module: stakeTime,
      params,
      world: { ...world, balances: [{ account: alice, amount: rich }] },
    });
    const refused = lock(at, alice, rich, 8);
    assert.equal(refused.ok ? 'ok' : refused.code, 'STAKE_FULL');
    assert.equal(at.query('projected', { amount: rich, epochs: 8 }), null);
    assert.ok(lock(at, alice, rich - 1n, 8).ok);
    for (let epoch = 0; epoch < 12; epoch++) at.nextEpoch();
    assert.ok(at.call({ sender: alice, method: 'withdraw', args: { lock: 1 } }).ok);
  });

  it('hold the largest reward on the least stake, for as many epochs as there is money', () => {
    const rewardPerEpoch = 2n ** 61n;
    const at = host({ rewardPerEpoch, curve: { ...params.curve, kPpm: 1_000_000 } }, rewardPerEpoch);
    assert.ok(lock(at, alice, 1n, 8).ok, 'counts 1');
    for (let epoch = 0; epoch < 8; epoch++) at.nextEpoch();
    at.call({ sender: alice, method: 'claim', args: { lock: 1 } });
    assert.equal(at.books.free(alice), 999_999n + 6n * rewardPerEpoch + rewardPerEpoch / 2n);
    // The whole reward comes back by leaving early, and goes out again to the next one.
    at.call({ sender: alice, method: 'exit', args: { lock: 1 } });
    assert.equal(totalsOf(at.view).pool, (rewardPerEpoch / 2n) << 64n);
    assert.ok(lock(at, bob, 1n, 8).ok);
    at.nextEpoch();
    at.nextEpoch();
    const { claimable, vesting } = infoOf(at, bob, 2) as { claimable: bigint; vesting: bigint };
    assert.deepEqual([claimable, vesting], [(3n * rewardPerEpoch) / 4n, (3n * rewardPerEpoch) / 4n]);
  });

  it('list the locks of an account page by page', () => {
    const at = host();
    for (let index = 0; index < 130; index++) lock(at, index % 13 === 0 ? bob : alice, 1_000n, 1);
    const first = at.query('locksOf', { account: alice, after: null }) as { lock: number }[];
    const rest = at.query('locksOf', { account: alice, after: first.at(-1)?.lock ?? 0 }) as {
      lock: number;
    }[];
    assert.deepEqual([first.length, rest.length], [100, 20]);
    const expected = Array.from({ length: 130 }, (_, index) => index + 1).filter(id => (id - 1) % 13 !== 0);
    assert.deepEqual(
      [...first, ...rest].map(({ lock: id }) => id),
      expected,
    );
  });

  it('keep nothing when everybody has left, and write nothing where nobody ever was', () => {
    const at = host();
    const empty = at.storage.size;
    for (let epoch = 0; epoch < 5; epoch++) assert.deepEqual(at.nextEpoch(), [{ events: [], ops: [] }]);
    lock(at, alice, 1_000n, 3);
    for (let epoch = 0; epoch < 30; epoch++) at.nextEpoch();
    at.call({ sender: alice, method: 'withdraw', args: { lock: 1 } });
    assert.equal(at.storage.size, empty + params.vestEpochs + 1, 'the epochs that may be asked for');
  });

  it('do the same work at a close however many locks there are', () => {
    const sizes = [1, 2_000].map(count => {
      const at = host();
      for (let index = 0; index < count; index++) lock(at, alice, 100n, 1 + (index % 8));
      at.nextEpoch();
      return at.nextEpoch().map(({ ops }) => ops.length);
    });
    assert.deepEqual(sizes[0], sizes[1]);
    assert.ok(sizes.flat().every(length => length <= 4));
  });

  it('pass over epochs that were never closed, without reward for them', () => {
    const at = host();
    lock(at, alice, 1_000n, 8);
    lock(at, bob, 1_000n, 2);
    const at700: BlockInfo = { ...at.block(), epoch: 700, height: 9_000 };
    let steps = 0;
    for (
      let outcome: Outcome | undefined;
      outcome === undefined || (outcome.ok && outcome.more === true);
      steps++
    ) {
      outcome = stakeTime.closeEpoch?.(at700, at.view, 699) ?? assert.fail();
      assert.ok(outcome.ok && outcome.ops.length < 2_000);
      applyPuts(at, outcome.ops);
    }
    assert.equal(steps, 4);
    const { epoch, active, pool } = totalsOf(at.view);
    assert.deepEqual({ epoch, active, pool }, { epoch: 700, active: 0n, pool: 0n });
  });

  it('mint once in an epoch, also if two closes fall into it', () => {
    const at = host();
    lock(at, alice, 1_000n, 8);
    at.nextEpoch();
    at.nextEpoch();
    const late = stakeTime.closeEpoch?.({ ...at.block(), epoch: 2 }, at.view, 2);
    assert.ok(late?.ok);
    assert.deepEqual(
      late.ops.filter(({ op }) => op === 'mint'),
      [],
    );
  });

  it('refuse parameters that make no sense', () => {
    for (const wrong of [
      { ...params, vestEpochs: 0 },
      { ...params, curve: { ...params.curve, p: 5 } },
      { ...params, curve: { ...params.curve, tMax: 0 } },
      { ...params, curve: { ...params.curve, kPpm: 0 } },
    ]) {
      const outcome = stakeTime.genesis(wrong);
      assert.equal(outcome.ok ? 'ok' : outcome.code, 'BAD_PARAMS');
    }
    assert.ok(encode(Params, params).length < 100);
  });

  it('order the locks of an account by number', () => {
    const text = (id: number): string => Buffer.from(lockKey(alice, id)).toString('hex');
    assert.ok(text(255) < text(256) && text(2 ** 32 - 1) < text(2 ** 32));
  });
});

function applyPuts(at: TestHost, ops: readonly Op[]): void {
  for (const op of ops) {
    if (op.op === 'put') at.storage.put(op.key, op.value);
    else if (op.op === 'delete') at.storage.delete(op.key);
    else assert.fail(`the close of a past epoch does ${op.op}`);
  }
}
