import assert from 'node:assert/strict';
import { getReserve, type KernelCall, listReserves, TOKEN } from '../../../chain/index.ts';
import { accountOf, createTestChain } from '../../support/chain.ts';

const server = accountOf('Bob');
const client = accountOf('Alice');
const reserve = (tokens: bigint, consensus = 0): KernelCall => ({
  kind: 'reserve',
  consensus,
  server,
  amount: tokens * TOKEN,
});
const thaw = (tokens: bigint): KernelCall => ({ kind: 'thaw', consensus: 0, server, amount: tokens * TOKEN });
const withdraw: KernelCall = { kind: 'withdraw', consensus: 0, server };

describe('reserves', () => {
  it('hold a client’s money for one server', () => {
    const chain = createTestChain();
    chain.ok('Alice', reserve(10n));
    chain.ok('Alice', reserve(5n));
    const held = { amount: 15n * TOKEN, thawing: 0n, thawEpoch: 0 };
    assert.deepEqual(getReserve(chain.state, 0, client, server), held);
    const row = { consensus: 0, client, server, reserve: held };
    for (const filter of [{}, { client }, { server }, { client, server }, { consensus: 0, server }])
      assert.deepEqual(listReserves(chain.state, filter), [row]);
    for (const filter of [{ client: server }, { server: client }, { consensus: 1 }])
      assert.deepEqual(listReserves(chain.state, filter), []);
  });

  it('are refused without money or mechanism', () => {
    const chain = createTestChain();
    chain.fails('Alice', 'AMOUNT_ZERO', reserve(0n));
    chain.fails('Alice', 'UNKNOWN_CONSENSUS', reserve(1n, 4));
    chain.fails('Alice', 'INSUFFICIENT_BALANCE', reserve(1001n));
    chain.fails('Alice', 'UNKNOWN_RESERVE', thaw(1n));
    chain.fails('Alice', 'UNKNOWN_RESERVE', withdraw);
    chain.ok('Alice', reserve(1n));
    chain.fails('Alice', 'INSUFFICIENT_RESERVE', thaw(2n));
    chain.fails('Alice', 'UNKNOWN_RESERVE', withdraw);
  });

  it('thaw for grace + 2 epochs; a second thaw joins the first and starts the delay anew', () => {
    const chain = createTestChain();
    chain.ok('Alice', reserve(10n));
    const first = chain.epoch;
    chain.ok('Alice', thaw(4n));
    chain.nextEpoch();
    chain.ok('Alice', thaw(1n));
    assert.deepEqual(getReserve(chain.state, 0, client, server), {
      amount: 5n * TOKEN,
      thawing: 5n * TOKEN,
      thawEpoch: first + 1 + chain.genesis.graceEpochs + 2,
    });
    chain.nextEpoch(3);
    chain.fails('Alice', 'NOTHING_THAWED', withdraw);
    chain.nextEpoch();
    const before = chain.free('Alice');
    const { fee } = chain.ok('Alice', withdraw);
    assert.equal(chain.free('Alice'), before + 5n * TOKEN - fee);
    assert.deepEqual(getReserve(chain.state, 0, client, server), {
      amount: 5n * TOKEN,
      thawing: 0n,
      thawEpoch: 0,
    });
    chain.ok('Alice', thaw(5n));
    chain.nextEpoch(4);
    chain.ok('Alice', withdraw);
    assert.equal(getReserve(chain.state, 0, client, server), undefined);
    assert.deepEqual(listReserves(chain.state), []);
  });
});
