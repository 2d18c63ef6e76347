import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBalances, createChain, emits, failsWith } from 'devnet/testing';
import tipJar from '../src/index.ts';

test('a tip is paid when the epoch ends, less what is burned', () => {
  const chain = createChain({ modules: [{ module: tipJar, params: { burned: 100 } }] });
  const supply = chain.supply();
  const to = chain.account('bob');

  changesBalances(chain, { alice: -10_000n, bob: 0n }, () =>
    chain.call('tip-jar', 'tip', { to }, { from: 'alice', value: 10_000n }),
  );
  assert.deepEqual(chain.query('tip-jar', 'waiting', { to }), { amount: 10_000n });

  const events = changesBalances(chain, { bob: 9_900n }, () => chain.advanceEpoch());
  emits(events, 'paid', { to, amount: 9_900n, burned: 100n });
  assert.equal(chain.supply(), supply - 100n);

  failsWith(() => chain.call('tip-jar', 'tip', { to }, { from: 'alice' }), 'NO_VALUE');
});
