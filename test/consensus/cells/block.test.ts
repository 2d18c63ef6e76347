import assert from 'node:assert/strict';
import type { KernelCall } from '../../../chain/index.ts';
import {
  cells,
  digestOf,
  lockOf,
  type OutPoint,
  type Output,
  occupied,
  Submission,
  type Transaction,
  transactionId,
  unlockMessage,
} from '../../../consensus/cells/index.ts';
import { builtinGenesis, consensus0 } from '../../../consensus/index.ts';
import { encode } from '../../../consensus/interface/index.ts';
import { accountOf, CHAIN_ID, createTestChain, keyOf } from '../../support/chain.ts';
import { CELLS, destroy, group, transform } from './support.ts';

const PRICE = 100_000n;
const cell = { data: new Uint8Array(8), lock: lockOf(accountOf('Bob')), recipient: null };
const output: Output = { ...cell, capacity: occupied({ module: 1, ...cell }) };

const transactionOf = (groups: Transaction['groups'], refund: string | null = null): Transaction => ({
  consensus: CELLS,
  groups,
  fuel: 50_000,
  refund: refund === null ? null : accountOf(refund),
  payment: null,
});

/** Signed for real by Bob, where he has to, long before the cells exist. */
function callOf(transaction: Transaction, value = 0n): KernelCall {
  const { sign } = keyOf('Bob');
  const message = unlockMessage(digestOf(CHAIN_ID, transaction));
  const unlocks = value > 0n ? [] : [{ account: accountOf('Bob'), signature: sign(message) }];
  const args = encode(Submission, { transaction, unlocks });
  return { kind: 'call', consensus: CELLS, method: 'submit', args, value };
}

const firstOf = (transaction: Transaction, sequence: number | null): OutPoint => ({
  transaction: transactionId(digestOf(CHAIN_ID, transaction), sequence),
  index: 0,
});

describe('cells within a block', () => {
  it('are created and used, transaction after transaction, and each only once', () => {
    const chain = createTestChain({
      mechanisms: new Map([
        [0, consensus0],
        [CELLS, cells],
      ]),
      genesis: { consensus: builtinGenesis(['cells']) },
    });
    const made = transactionOf([group(1, { kind: 'create', output })]);
    const moved = transactionOf([group(1, transform(firstOf(made, 0), output))]);
    const ended = transactionOf([group(1, destroy(firstOf(moved, null)))], 'Bob');
    const cost = PRICE * BigInt(output.capacity);
    const calls = [
      callOf(made, cost),
      callOf(moved),
      callOf(ended),
      callOf(moved),
      callOf(ended),
      callOf(made, cost),
    ];
    const before = chain.free('Bob');
    const transactions = calls.map((call, nonce) => chain.transaction('Alice', call, { nonce }));
    const { outcomes } = chain.block(transactions);
    assert.deepEqual(
      outcomes.transactions.map(({ failure }) => failure?.code ?? 'ok'),
      ['ok', 'ok', 'ok', 'NO_SUCH_CELL', 'NO_SUCH_CELL', 'ok'],
    );
    assert.equal(chain.free('Bob') - before, cost);
    // The same words again are another cell: what was signed about the first is worth nothing.
    assert.equal(chain.submit('Alice', callOf(moved)).failure?.code, 'NO_SUCH_CELL');
    const again = transactionOf([group(1, destroy(firstOf(made, 1)))], 'Bob');
    assert.equal(chain.submit('Alice', callOf(again)).failure, null);
  });

  it('are unlocked for one chain, one consensus id and one transaction', () => {
    const chain = createTestChain({
      mechanisms: new Map([
        [0, consensus0],
        [CELLS, cells],
      ]),
      genesis: { consensus: builtinGenesis(['cells']) },
    });
    const made = transactionOf([group(1, { kind: 'create', output })]);
    assert.equal(chain.submit('Alice', callOf(made, PRICE * BigInt(output.capacity))).failure, null);
    const ended = transactionOf([group(1, destroy(firstOf(made, 0)))], 'Bob');
    const signedBy = (digest: ReturnType<typeof digestOf>): KernelCall => {
      const signature = keyOf('Bob').sign(unlockMessage(digest));
      const unlocks = [{ account: accountOf('Bob'), signature }];
      const args = encode(Submission, { transaction: ended, unlocks });
      return { kind: 'call', consensus: CELLS, method: 'submit', args, value: 0n };
    };
    const others = [
      digestOf('other-chain', ended),
      digestOf(CHAIN_ID, { ...ended, consensus: 2 }),
      digestOf(CHAIN_ID, { ...ended, refund: accountOf('Alice') }),
      digestOf(CHAIN_ID, { ...ended, fuel: 1 }),
    ];
    for (const digest of others)
      assert.equal(chain.submit('Alice', signedBy(digest)).failure?.code, 'BAD_UNLOCK');
    assert.equal(chain.submit('Alice', signedBy(digestOf(CHAIN_ID, ended))).failure, null);
  });
});
