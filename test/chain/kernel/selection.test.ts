import assert from 'node:assert/strict';
import { type CheckedTransaction, executeBlock, selectTransactions, TOKEN } from '../../../chain/index.ts';
import { ok } from '../../../consensus/interface/index.ts';
import { transfer } from '../../support/calls.ts';
import { accountOf, createTestChain, GENESIS_TIME, type TestChain, VALIDATOR } from '../../support/chain.ts';
import { callProbe, withProbe } from '../../support/probe.ts';

const toBob = transfer(accountOf('Bob'), 1n);

function select(
  chain: TestChain,
  transactions: readonly CheckedTransaction[],
  limits?: Parameters<typeof selectTransactions>[3],
) {
  const input = {
    height: chain.height + 1,
    time: GENESIS_TIME + 1,
    proposer: accountOf(VALIDATOR),
    evidence: [],
    transactions,
  };
  const selection = selectTransactions(chain.state, input, chain.mechanisms, limits);
  const executed = executeBlock(
    chain.state,
    { ...input, transactions: selection.included },
    chain.mechanisms,
  );
  assert.equal(selection.execution.state.root, executed.state.root);
  assert.deepEqual(selection.execution.outcomes, executed.outcomes);
  assert.deepEqual(selection.execution.changes, executed.changes);
  return selection;
}

describe('selection of transactions', () => {
  it('leaves out what may not stand in the block, and says whether that is final', () => {
    const chain = createTestChain();
    const at = (nonce: number, wrong = {}) => chain.transaction('Alice', toBob, { nonce, ...wrong });
    const good = [at(0), at(1)];
    const [used, gap, forged] = [at(0, { expiry: 9 }), at(5), at(2, { authentic: false })];
    const poor = chain.transaction('Bob', toBob, { sender: accountOf('Nobody'), nonce: 0 });
    const { included, rejected } = select(chain, [at(0), used, at(1), gap, forged, poor]);
    assert.deepEqual(
      included.map(({ hash }) => hash),
      good.map(({ hash }) => hash),
    );
    assert.deepEqual(
      rejected.map(({ hash, error, final }) => [hash, error.code, final]),
      [
        [used.hash, 'NONCE_USED', true],
        [gap.hash, 'NONCE_TOO_HIGH', false],
        [forged.hash, 'BAD_SIGNATURE', true],
        [poor.hash, 'FEE_NOT_PAYABLE', false],
      ],
    );
  });

  it('stops where the block is full, by number, weight or bytes, and rejects nothing for it', () => {
    const chain = createTestChain();
    const many = Array.from({ length: 10 }, (_, nonce) => chain.transaction('Alice', toBob, { nonce }));
    const size = many[0]?.encoded.length ?? 0;
    for (const limits of [{ transactions: 3 }, { weight: 500 }, { bytes: 3 * (size + 5) }]) {
      const { included, rejected } = select(chain, many, limits);
      assert.deepEqual([included.length, rejected.length], [3, 0]);
    }
    assert.equal(select(chain, many).included.length, 10);
  });

  it('leaves out a transaction on which a consensus module crashes, so that the chain goes on', () => {
    const apply = (_: unknown, __: unknown, { args }: { args: { number: number } }) => {
      if (args.number === 1) throw new Error('boom');
      return ok();
    };
    const chain = createTestChain(withProbe({ apply }));
    const poison = chain.transaction('Alice', callProbe(TOKEN, 1));
    const good = chain.transaction('Bob', callProbe(TOKEN, 2));
    const { included, rejected } = select(chain, [poison, good]);
    assert.deepEqual(included, [good]);
    assert.deepEqual(
      rejected.map(({ error }) => error.code),
      ['MODULE_FAULT'],
    );
  });

  it('keeps a failed call: its sender pays', () => {
    const chain = createTestChain();
    const { included, execution } = select(chain, [
      chain.transaction('Alice', transfer(accountOf('Bob'), 9999n * TOKEN)),
    ]);
    assert.equal(included.length, 1);
    assert.equal(execution.outcomes.transactions[0]?.ok, false);
  });
});
