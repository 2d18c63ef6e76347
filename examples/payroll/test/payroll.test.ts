import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { changesBalances, failsWith, useChain } from 'devnet/testing';
import { type Payroll, payEachEpoch, payWages } from '../src/payroll.ts';

describe('the payroll', () => {
  // Four nodes with a gateway, clean for each test.
  const chain = useChain({ accounts: { firm: 1_000n, ann: 0n, ben: 0n } });
  const payroll = (): Payroll => ({
    url: chain.url,
    payer: chain.accounts.firm,
    wages: [
      { to: chain.account('ann'), amount: 300n },
      { to: chain.account('ben'), amount: 200n },
    ],
  });

  /** What a test has started, and must not outlive it. */
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  it('pays everybody', async () => {
    await changesBalances(chain, { firm: -500n, ann: 300n, ben: 200n }, () => payWages(payroll()));
  });

  it('pays nobody when there is not enough for all', async () => {
    await chain.setBalance('firm', 499n);
    await changesBalances(chain, { ann: 0n, ben: 0n }, () =>
      failsWith(() => payWages(payroll()), 'NOT_ENOUGH'),
    );
  });

  it('pays in each epoch, and goes on when a partition heals', async () => {
    const paid = new EventEmitter();
    const onPaid = (epoch: number) => paid.emit('paid', epoch);
    stops.push(await payEachEpoch(payroll(), onPaid, error => paid.emit('error', error)));
    const first = once(paid, 'paid');
    await chain.advanceEpoch();
    assert.deepEqual(await first, [1]);

    // Its WebSocket ends at node 0, which hears of nothing until the partition is over.
    await chain.partition([0], [1, 2, 3]);
    const second = once(paid, 'paid');
    await chain.advanceEpoch();
    await chain.heal();
    assert.deepEqual(await second, [2]);
    assert.equal(chain.balance('firm'), 0n);
  });
});
