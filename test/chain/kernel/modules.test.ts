import assert from 'node:assert/strict';
import {
  getModule,
  getModuleByAccount,
  getModuleByAlias,
  listModules,
  viewOf,
} from '../../../chain/index.ts';
import { registerModule, updateModule } from '../../support/calls.ts';
import { accountOf, createTestChain, readEvents } from '../../support/chain.ts';

describe('modules', () => {
  it('are registered under the key of the sender, and found by id, alias and key', () => {
    const chain = createTestChain();
    const { events } = chain.ok('Alice', registerModule('router'));
    chain.ok('Bob', registerModule('worker.1'));
    assert.deepEqual(readEvents(events), [
      { name: 'ModuleRegistered', data: { module: 0, account: accountOf('Alice'), alias: 'router' } },
    ]);
    assert.equal(getModule(chain.state, 1)?.alias, 'worker.1');
    assert.equal(getModuleByAlias(chain.state, 'router')?.id, 0);
    assert.equal(getModuleByAccount(chain.state, accountOf('Bob'))?.id, 1);
    assert.deepEqual(
      listModules(chain.state, { after: 0 }).map(({ id }) => id),
      [1],
    );
    assert.equal(getModuleByAlias(chain.state, 'nobody'), undefined);
  });

  it('are refused with names, addresses and prices that cannot be', () => {
    const chain = createTestChain();
    for (const alias of ['', '1st', 'Upper', 'with space', '-dash'])
      chain.fails('Alice', 'BAD_ALIAS', registerModule(alias));
    for (const url of ['ftp://host', 'http://', 'http://a b', '127.0.0.1'])
      chain.fails('Alice', 'BAD_URL', registerModule('a', { url }));
    chain.fails('Alice', 'UNKNOWN_CONSENSUS', registerModule('a', { consensus: 9 }));
    chain.fails('Alice', 'MAX_LINKS_TOO_HIGH', registerModule('a', { maxLinks: 257 }));
    const price = (fn: string) => ({ fn, price: 1n });
    chain.fails('Alice', 'BAD_FUNCTION_NAME', registerModule('a', { prices: [price('a b')] }));
    chain.fails('Alice', 'DUPLICATE_FUNCTION', registerModule('a', { prices: [price('f'), price('f')] }));
    chain.ok('Alice', registerModule('a', { url: '' }));
    chain.fails('Alice', 'MODULE_EXISTS', registerModule('b'));
    chain.fails('Bob', 'ALIAS_TAKEN', registerModule('a'));
  });

  it('change their names at once, their prices and binding with the next epoch', () => {
    const chain = createTestChain();
    chain.ok('Alice', registerModule('old', { prices: [{ fn: 'echo', price: 10n }] }));
    const epoch = chain.epoch;
    chain.ok('Alice', updateModule(0, { alias: 'new', prices: [{ fn: 'echo', price: 20n }], consensus: 0 }));
    chain.ok('Alice', updateModule(0, { prices: [{ fn: 'echo', price: 30n }] }));
    assert.equal(getModuleByAlias(chain.state, 'old'), undefined);
    assert.equal(getModuleByAlias(chain.state, 'new')?.id, 0);
    const view = viewOf(chain.state, 0);
    assert.equal(view.price(0, 'echo', epoch), 10n);
    assert.equal(view.price(0, 'echo', epoch + 1), 30n);
    assert.equal(view.price(0, 'other', epoch), undefined);
    chain.ok('Bob', registerModule('old'));
  });

  it('keep the prices that claims can still ask for, and forget the others', () => {
    const chain = createTestChain();
    chain.ok('Alice', registerModule('a', { prices: [{ fn: 'echo', price: 1n }] }));
    for (let price = 2n; price < 9n; price++) {
      chain.nextEpoch();
      chain.ok('Alice', updateModule(0, { prices: [{ fn: 'echo', price }] }));
    }
    const view = viewOf(chain.state, 0);
    for (const back of [0, 1, 2])
      assert.equal(view.price(0, 'echo', chain.epoch - back), BigInt(chain.epoch - back));
    assert.equal(getModule(chain.state, 0)?.prices.length, 4);
  });

  it('belong to their key', () => {
    const chain = createTestChain();
    chain.ok('Alice', registerModule('a'));
    chain.fails('Bob', 'NOT_YOUR_MODULE', updateModule(0, { alias: 'mine' }));
    chain.fails('Bob', 'NOT_YOUR_MODULE', { kind: 'retireModule', module: 0 });
    chain.fails('Alice', 'UNKNOWN_MODULE', updateModule(7, { alias: 'b' }));
    chain.fails('Alice', 'BAD_ALIAS', updateModule(0, { alias: 'B' }));
    chain.fails('Alice', 'BAD_URL', updateModule(0, { url: 'x' }));
    chain.fails('Alice', 'UNKNOWN_CONSENSUS', updateModule(0, { consensus: 5 }));
  });

  it('retire for good with the next epoch', () => {
    const chain = createTestChain();
    chain.ok('Alice', registerModule('a'));
    const epoch = chain.epoch;
    chain.ok('Alice', { kind: 'retireModule', module: 0 });
    const view = viewOf(chain.state, 0);
    assert.equal(view.module(0, epoch)?.retired, false);
    assert.equal(view.module(accountOf('Alice'), epoch + 1)?.retired, true);
    chain.fails('Alice', 'MODULE_RETIRED', updateModule(0, { alias: 'b' }));
    chain.fails('Alice', 'MODULE_EXISTS', registerModule('b'));
    chain.fails('Bob', 'ALIAS_TAKEN', registerModule('a'));
  });

  it('did not exist in the epochs before', () => {
    const chain = createTestChain();
    chain.nextEpoch(2);
    chain.ok('Alice', registerModule('a'));
    assert.equal(viewOf(chain.state, 0).module(0, 1), undefined);
    assert.equal(viewOf(chain.state, 0).price(0, 'echo', 1), undefined);
    assert.equal(viewOf(chain.state, 0).module(0, 2)?.consensus, 0);
  });
});
