import assert from 'node:assert/strict';
import { complianceChecks, createHost, processChecks } from '../../consensus/compliance/index.ts';
import { changesBalances, createChain, failsWith } from '../../devnet/testing/index.ts';
import { timeLock } from '../../examples/timeLock.ts';
import { alice, bob, subject, world } from './timeLock.subject.ts';

const params = { maxEpochs: 10 };

describe('the time lock of the tutorial complies with the interface', () => {
  for (const { name, run } of complianceChecks(subject)) it(name, run);
  const url = new URL('./timeLock.subject.ts', import.meta.url).href;
  for (const { name, run } of processChecks({ url, exportName: 'subject' })) it(name, run);
});

describe('the time lock of the tutorial', () => {
  it('pays what was locked when its epoch begins', () => {
    const host = createHost({ module: timeLock, params, world });
    const lock = { sender: alice, method: 'lock', args: { to: bob, epoch: 2 }, value: 100n };
    assert.deepEqual(host.call(lock), {
      ok: true,
      events: [{ name: 'locked', data: { to: bob, epoch: 2, amount: 100n } }],
    });
    assert.deepEqual(host.query('lockedFor', { to: bob, epoch: 2 }), { amount: 100n });
    assert.deepEqual(host.nextEpoch(), [{ events: [], ops: [] }], 'epoch 1 releases nothing');
    const [step] = host.nextEpoch();
    assert.deepEqual(step?.events, [{ name: 'released', data: { to: bob, epoch: 2, amount: 100n } }]);
    assert.equal(host.books.total(), 1000n);
    assert.deepEqual(host.query('lockedFor', { to: bob, epoch: 2 }), { amount: 0n });
  });

  it('spreads a large release over blocks', () => {
    const host = createHost({
      module: timeLock,
      params,
      world: { ...world, balances: [{ account: alice, amount: 2000n }] },
    });
    for (let index = 0; index < 1200; index++) {
      const to = `0x${index.toString(16).padStart(64, '0')}` as const;
      host.call({ sender: alice, method: 'lock', args: { to, epoch: 1 }, value: 1n });
    }
    assert.deepEqual(
      host.nextEpoch().map(({ events }) => events.length),
      [500, 500, 200],
    );
  });

  it('runs on a chain beside consensus-0', () => {
    const chain = createChain({ modules: [{ module: timeLock, params }] });
    const to = chain.account('bob');
    const lock = (epoch: number) =>
      chain.call('time-lock', 'lock', { to, epoch }, { from: 'alice', value: 5_000n });
    failsWith(() => lock(0), 'TOO_EARLY');
    changesBalances(chain, { alice: -5_000n, bob: 0n }, () => lock(1));
    assert.equal(chain.pot('time-lock'), 5_000n);
    changesBalances(chain, { alice: 0n, bob: 5_000n }, () => chain.advanceEpoch());
  });
});
