import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBalances, createChain, emits, failsWith } from 'devnet/testing';
import stakeTime from '../src/index.ts';
import { params } from './samples.ts';

const REWARD = 1_000_000n;
const chainOf = () =>
  createChain({
    modules: [{ module: stakeTime, params: { ...params, rewardPerEpoch: REWARD }, mintCap: REWARD }],
  });

test('who locks for twice as long gets twice as much of each epoch', () => {
  const chain = chainOf();
  const supply = chain.supply();
  chain.call('stake-time', 'lock', { epochs: 4 }, { from: 'alice', value: 1_000n });
  chain.call('stake-time', 'lock', { epochs: 8 }, { from: 'bob', value: 1_000n });
  chain.advanceEpoch();
  const events = chain.advanceEpoch();
  emits(events, 'rewarded', { epoch: chain.epoch - 1, minted: REWARD, stake: 6_000n });
  assert.equal(chain.supply(), supply + REWARD);
  chain.advanceEpoch();
  // All of the first epoch and half of the second, less what rounding leaves behind.
  changesBalances(chain, { alice: REWARD / 2n - 1n, bob: REWARD - 1n }, () => {
    chain.call('stake-time', 'claim', { lock: 1 }, { from: 'alice' });
    chain.call('stake-time', 'claim', { lock: 2 }, { from: 'bob' });
  });
});

test('leaving early costs a haircut and what has not vested; staying does not', () => {
  const chain = chainOf();
  for (const from of ['alice', 'bob'])
    chain.call('stake-time', 'lock', { epochs: 8 }, { from, value: 10_000n });
  chain.advanceEpoch(2);
  changesBalances(chain, { alice: 9_000n + REWARD / 4n }, () =>
    chain.call('stake-time', 'exit', { lock: 1 }, { from: 'alice' }),
  );
  failsWith(() => chain.call('stake-time', 'withdraw', { lock: 2 }, { from: 'bob' }), 'LOCKED');
  chain.advanceEpoch(9);
  // Eight epochs' rewards but the quarter of one that alice took, and her haircut; a fraction of a unit stays behind.
  changesBalances(chain, { bob: 10_000n + 8n * REWARD - REWARD / 4n + 1_000n - 1n }, () =>
    chain.call('stake-time', 'withdraw', { lock: 2 }, { from: 'bob' }),
  );
  assert.equal(chain.pot('stake-time'), 1n);
});
