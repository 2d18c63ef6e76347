import assert from 'node:assert/strict';
import {
  BlockError,
  ChainError,
  getAccount,
  getClockAhead,
  getSupply,
  MAX_CLOCK_AHEAD_MS,
  TOKEN,
  weightOf,
} from '../../../chain/index.ts';
import { ok } from '../../../consensus/interface/index.ts';
import { transfer } from '../../support/calls.ts';
import {
  accountOf,
  createTestChain,
  readEvents,
  type TestChain,
  VALIDATOR,
  type Wrong,
} from '../../support/chain.ts';
import { type Behaviour, callProbe, withProbe } from '../../support/probe.ts';

const toBob = transfer(accountOf('Bob'), 5n);

/** The code with which a block refuses a transaction. */
function refusal(chain: TestChain, wrong: Wrong): { code: string; final: boolean } {
  try {
    chain.submit('Alice', toBob, wrong);
  } catch (error) {
    assert.ok(error instanceof BlockError && error.cause instanceof ChainError, String(error));
    return { code: error.cause.code, final: error.cause.final };
  }
  throw new Error('the block was accepted');
}

describe('transactions', () => {
  it('move money, charge the fee to the sender and give it to the proposer', () => {
    const chain = createTestChain();
    const checked = chain.transaction('Alice', toBob);
    const [outcome] = chain.block([checked]).outcomes.transactions;
    const fee = BigInt(weightOf(checked, chain.mechanisms)) * chain.genesis.feePerWeight;
    assert.ok(outcome?.ok);
    assert.equal(outcome.fee, fee);
    assert.deepEqual(readEvents(outcome.events), [
      { name: 'Transferred', data: { from: accountOf('Alice'), to: accountOf('Bob'), amount: 5n } },
    ]);
    assert.deepEqual(getAccount(chain.state, accountOf('Alice')), {
      nonce: 1,
      free: 1000n * TOKEN - 5n - fee,
    });
    assert.equal(chain.free('Bob'), 1000n * TOKEN + 5n);
    assert.equal(chain.free(VALIDATOR), 1000n * TOKEN + fee);
  });

  it('charge the fee and use the nonce also when the call fails', () => {
    const chain = createTestChain();
    const outcome = chain.submit('Alice', transfer(accountOf('Bob'), 1001n * TOKEN));
    assert.equal(outcome.failure?.code, 'INSUFFICIENT_BALANCE');
    assert.deepEqual(outcome.events, []);
    assert.deepEqual(getAccount(chain.state, accountOf('Alice')), {
      nonce: 1,
      free: 1000n * TOKEN - outcome.fee,
    });
    chain.fails('Alice', 'AMOUNT_ZERO', transfer(accountOf('Bob'), 0n));
  });

  it('to oneself cost the fee alone', () => {
    const chain = createTestChain();
    const { fee } = chain.ok('Alice', transfer(accountOf('Alice')));
    assert.equal(chain.free('Alice'), 1000n * TOKEN - fee);
  });

  it('may not stand in a block when they are wrong, and "not now" is told from "no"', () => {
    const chain = createTestChain();
    chain.ok('Alice', toBob);
    const no = (code: string) => ({ code, final: true });
    assert.deepEqual(refusal(chain, { chainId: 'other' }), no('WRONG_CHAIN'));
    assert.deepEqual(refusal(chain, { authentic: false }), no('BAD_SIGNATURE'));
    assert.deepEqual(refusal(chain, { nonce: 0 }), no('NONCE_USED'));
    assert.deepEqual(refusal(chain, { expiry: 1 }), no('EXPIRED'));
    assert.deepEqual(refusal(chain, { feeLimit: 1n }), no('FEE_LIMIT_TOO_LOW'));
    assert.deepEqual(refusal(chain, { nonce: 2 }), { code: 'NONCE_TOO_HIGH', final: false });
    assert.deepEqual(refusal(chain, { sender: accountOf('Nobody'), nonce: 0 }), {
      code: 'FEE_NOT_PAYABLE',
      final: false,
    });
    assert.equal(chain.submit('Alice', toBob, { expiry: chain.height + 1 }).ok, true);
  });

  it('are refused when they are over what a block holds', () => {
    const chain = createTestChain({ genesis: { maxBlockWeight: 10_000, maxBlockBytes: 1024 } });
    const large = {
      kind: 'call',
      consensus: 0,
      method: 'claim',
      args: new Uint8Array(2000),
      value: 0n,
    } as const;
    assert.throws(() => chain.submit('Alice', large), isChainError('BAD_ARGUMENTS'));
    const many = Array.from({ length: 100 }, (_, nonce) => chain.transaction('Alice', toBob, { nonce }));
    assert.throws(() => chain.block(many), { name: 'BlockError', code: 'BLOCK_TOO_HEAVY' });
  });

  it('find the same account again after it was emptied: its nonce is kept', () => {
    const chain = createTestChain({ accounts: ['Alice'], genesis: { feePerWeight: 0n } });
    chain.ok('Alice', transfer(accountOf('Bob'), 1000n * TOKEN));
    assert.deepEqual(getAccount(chain.state, accountOf('Alice')), { nonce: 1, free: 0n });
    assert.deepEqual(refusal(chain, { nonce: 0 }), { code: 'NONCE_USED', final: true });
  });
});

describe('dev operations', () => {
  const dev = (operation: object) => ({ kind: 'dev', operation }) as Parameters<TestChain['submit']>[1];

  it('declare what they mint and burn', () => {
    const chain = createTestChain();
    const before = getSupply(chain.state);
    chain.ok(VALIDATOR, dev({ kind: 'mint', account: accountOf('Carol'), amount: 7n }));
    chain.ok(VALIDATOR, dev({ kind: 'setBalance', account: accountOf('Bob'), free: 1n }));
    chain.ok(VALIDATOR, dev({ kind: 'setBalance', account: accountOf('Alice'), free: 2000n * TOKEN }));
    assert.equal(chain.free('Carol'), 7n);
    assert.equal(chain.free('Bob'), 1n);
    assert.deepEqual(getSupply(chain.state), {
      total: before.total + 7n + 1n,
      minted: 7n + 1000n * TOKEN,
      burned: 1000n * TOKEN - 1n,
    });
    chain.fails(
      VALIDATOR,
      'SUPPLY_OVERFLOW',
      dev({ kind: 'mint', account: accountOf('Bob'), amount: 2n ** 64n - 1n }),
    );
  });

  it('start a new epoch with the next block', () => {
    const chain = createTestChain();
    chain.ok(VALIDATOR, dev({ kind: 'advanceEpoch' }));
    assert.equal(chain.epoch, 0);
    assert.equal(chain.block().epoch, 1);
    assert.equal(chain.block().epoch, 1);
  });

  it('put the clock forward, up to a limit', () => {
    const chain = createTestChain();
    assert.equal(getClockAhead(chain.state), 0);
    chain.ok(VALIDATOR, dev({ kind: 'increaseTime', ms: 600_000 }));
    chain.ok(VALIDATOR, dev({ kind: 'increaseTime', ms: 5 }));
    assert.equal(getClockAhead(chain.state), 600_005);
    chain.fails(VALIDATOR, 'CLOCK_TOO_FAR', dev({ kind: 'increaseTime', ms: MAX_CLOCK_AHEAD_MS - 600_004 }));
    assert.equal(getClockAhead(chain.state), 600_005);
    chain.ok(VALIDATOR, dev({ kind: 'increaseTime', ms: MAX_CLOCK_AHEAD_MS - 600_005 }));
  });

  it('act in the name of others, at the cost of the authority', () => {
    const chain = createTestChain();
    const call = { kind: 'transfer', to: accountOf('Bob'), amount: 5n } as const;
    const impersonate = dev({ kind: 'impersonate', account: accountOf('Alice'), call });
    const [alice, bob, total] = [chain.free('Alice'), chain.free('Bob'), getSupply(chain.state).total];
    const { weight } = chain.ok(VALIDATOR, impersonate);
    assert.equal(chain.free('Alice'), alice - 5n, 'she pays what she sends and no fee');
    assert.equal(chain.free('Bob'), bob + 5n);
    assert.equal(getAccount(chain.state, accountOf('Alice')).nonce, 0);
    assert.equal(getSupply(chain.state).total, total);
    assert.ok(weight >= 200, 'the call weighs besides what carries it');
    const tooMuch = { ...call, amount: alice };
    chain.fails(
      VALIDATOR,
      'INSUFFICIENT_BALANCE',
      dev({ kind: 'impersonate', account: accountOf('Alice'), call: tooMuch }),
    );
    chain.fails('Bob', 'NOT_DEV_AUTHORITY', impersonate);
    const real = createTestChain({ genesis: { devAuthority: null, devnet: false } });
    real.fails(VALIDATOR, 'NOT_DEV_AUTHORITY', impersonate);
    assert.equal(real.free('Bob'), bob);
  });

  it('call consensus modules in the name of others, and nobody else does', () => {
    const senders: string[] = [];
    const apply: Behaviour['apply'] = (_block, _view, { sender }) => {
      senders.push(sender);
      return ok();
    };
    const chain = createTestChain(withProbe({ apply, weight: () => 10_000 }));
    const call = callProbe(7n);
    const impersonate = dev({ kind: 'impersonate', account: accountOf('Alice'), call });
    const alice = chain.free('Alice');
    chain.fails('Bob', 'NOT_DEV_AUTHORITY', impersonate);
    assert.equal(chain.free('Alice'), alice);
    const { weight } = chain.ok(VALIDATOR, impersonate);
    assert.ok(weight > 10_000, 'the method is weighed');
    assert.deepEqual(senders, [accountOf('Alice')]);
    assert.equal(chain.free('Alice'), alice - 7n, 'the attached value is hers');
  });

  it('are refused to everybody else, and on a chain that is no devnet to all', () => {
    createTestChain().fails('Alice', 'NOT_DEV_AUTHORITY', dev({ kind: 'advanceEpoch' }));
    const real = createTestChain({ genesis: { devAuthority: null, devnet: false } });
    real.fails(VALIDATOR, 'NOT_DEV_AUTHORITY', dev({ kind: 'advanceEpoch' }));
  });
});

const isChainError = (code: string) => (error: unknown) => error instanceof ChainError && error.code === code;
