import assert from 'node:assert/strict';
import { changesBalances, emits, failsWith } from '../../../devnet/testing/index.ts';
import { ALLOW, PAID } from './subject.ts';
import {
  CELLS,
  cellsChain,
  create,
  enlarging,
  group,
  output,
  price,
  register,
  send,
  text,
} from './support.ts';

describe('a module of the kernel that is bound to a cell module', () => {
  it('is paid as its checker allows', () => {
    const chain = cellsChain();
    const kernelId = chain.registerModule('bob', { consensus: CELLS });
    chain.advanceEpoch();
    const id = register(chain, 'bob', PAID);
    const pays = (amount: bigint) => {
      const made = output(id, text('goods'), 'alice');
      const groups = [group(id, create(made)), enlarging];
      return send(chain, groups, { value: price(made) + amount, payment: { module: kernelId, amount } });
    };
    failsWith(() => pays(5n), 'NOT_BOUND');
    chain.call(CELLS, 'bind', { cellModule: id }, { from: 'bob' });
    assert.deepEqual(chain.query(CELLS, 'binding', { module: kernelId }), { cellModule: id });
    failsWith(() => pays(4n), 'CHECKER_REFUSED');
    const { receipt } = changesBalances(chain, { bob: 7n }, () => pays(7n));
    const payer = chain.account('alice');
    emits(receipt, 'paid', { module: kernelId, cellModule: id, payer, amount: 7n });
    chain.call(CELLS, 'bind', { cellModule: null }, { from: 'bob' });
    failsWith(() => pays(7n), 'NOT_BOUND');
  });

  it('keeps to the module that it names, and to the epoch in which that holds', () => {
    const chain = cellsChain();
    const kernelId = chain.registerModule('bob', { consensus: CELLS });
    chain.advanceEpoch();
    const id = register(chain, 'bob', ALLOW);
    const other = register(chain, 'bob', ALLOW);
    chain.call(CELLS, 'bind', { cellModule: id }, { from: 'bob' });
    failsWith(
      () => chain.call(CELLS, 'bind', { cellModule: id }, { from: 'bob', value: 1n }),
      'VALUE_REFUSED',
    );
    const made = output(other, text('goods'), 'alice');
    const groups = [group(other, create(made)), enlarging];
    const sending = { value: price(made) + 1n, payment: { module: kernelId, amount: 1n } };
    failsWith(() => send(chain, groups, sending), 'NO_GROUP');

    const own = output(id, text('goods'), 'alice');
    const pays = () =>
      send(chain, [group(id, create(own)), enlarging], { ...sending, value: price(own) + 1n });
    pays();
    chain.submit('bob', { kind: 'retireModule', module: kernelId });
    chain.advanceEpoch();
    failsWith(pays, 'NO_SUCH_MODULE');
    failsWith(() => chain.call(CELLS, 'bind', { cellModule: id }, { from: 'bob' }), 'NO_SUCH_MODULE');
  });
});
