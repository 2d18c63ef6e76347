import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  executeBlock,
  getConsensus,
  type KernelCall,
  listInstallations,
  selectTransactions,
  viewOf,
} from '../../../chain/index.ts';
import { more, ok } from '../../../consensus/interface/index.ts';
import { createTestChain, type TestChain, VALIDATOR } from '../../support/chain.ts';
import {
  callLedger,
  codeOf,
  install,
  installationOf,
  LEDGER,
  ledger,
  moveRows,
} from '../../support/ledger.ts';
import {
  codeOfFailure,
  first,
  inputOf,
  installed,
  registryEvents,
  second,
  upgrade,
} from './registrySupport.ts';

describe('the drain before an upgrade', () => {
  /** A module whose closes take this many blocks each; who closed is told by the version in its storage. */
  const slow = (version: string, stateVersion: number, steps: number, migrate?: typeof moveRows) =>
    ledger({
      version,
      stateVersion,
      closeEpoch(_, view, closing) {
        const row = Uint8Array.of(200, closing);
        const done = view.get(row)?.[0] ?? 0;
        const ops = [{ op: 'put', key: row, value: Uint8Array.of(done + 1) }] as const;
        const needed = closing === 1 ? steps : 1;
        return done + 1 < needed ? more([...ops]) : ok([...ops]);
      },
      ...(migrate === undefined ? {} : { migrate }),
    });

  it('closes the last epoch of the old code within the same block where one step is enough', () => {
    const [old, fresh] = [slow('1.0.0', 1, 1), slow('2.0.0', 2, 1, moveRows)];
    const chain = installed(old, fresh);
    chain.ok(VALIDATOR, upgrade(fresh, 2));
    const { outcomes } = chain.nextEpoch();
    assert.deepEqual(
      outcomes.system.filter(({ consensus }) => consensus === LEDGER).map(({ epoch, done }) => [epoch, done]),
      [[1, true]],
    );
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '2.0.0');
  });

  it('waits for a longer close, while calls go on under the old code', () => {
    const [old, fresh] = [slow('1.0.0', 1, 3), slow('2.0.0', 2, 1, moveRows)];
    const chain = installed(old, fresh);
    chain.ok(VALIDATOR, upgrade(fresh, 2));
    const { outcomes } = chain.nextEpoch();
    assert.deepEqual(registryEvents(outcomes.events, chain), [
      {
        name: 'ConsensusDraining',
        data: { consensus: LEDGER, name: 'ledger', version: '2.0.0', closing: 1 },
      },
    ]);
    chain.ok('Alice', callLedger('deposit', 4n));
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.0');
    const { outcomes: last } = chain.block();
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '2.0.0');
    assert.deepEqual(
      registryEvents(last.events, chain).map(({ name }) => name),
      ['ConsensusActivated'],
    );
    chain.ok('Alice', callLedger('takeOut'));
  });

  it('ends after an epoch: code of the same layout takes over what is open', () => {
    const [old, fresh] = [slow('1.0.0', 1, 200), slow('1.0.1', 1, 1)];
    const chain = installed(old, fresh);
    chain.ok(VALIDATOR, upgrade(fresh, 2));
    chain.nextEpoch();
    const { outcomes } = chain.nextEpoch();
    const [event] = registryEvents(outcomes.events, chain);
    assert.equal(event?.name, 'ConsensusActivated');
    assert.equal((event.data as { inherited: number }).inherited, 2);
    chain.block();
    chain.block();
    assert.deepEqual(getConsensus(chain.state, LEDGER)?.closing, []);
  });

  it('ends after an epoch: code of another layout is given up', () => {
    const [old, fresh] = [slow('1.0.0', 1, 200), slow('2.0.0', 2, 1, moveRows)];
    const chain = installed(old, fresh);
    chain.ok(VALIDATOR, upgrade(fresh, 2));
    chain.nextEpoch();
    const { outcomes } = chain.nextEpoch();
    const [event] = registryEvents(outcomes.events, chain);
    assert.equal(codeOfFailure(event), 'DRAIN_OVERDUE');
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.0');
    assert.deepEqual(listInstallations(chain.state), []);
  });
});

describe('histories with upgrades', () => {
  const deposit = fc.record({
    from: fc.constantFrom('Alice', 'Bob', 'Carol'),
    amount: fc.integer({ min: 1, max: 9 }),
  });
  const blocks = fc.array(fc.array(deposit, { maxLength: 2 }), { minLength: 8, maxLength: 20 });

  it('conserve money and rows, and give the same roots when they are executed again', () => {
    const property = fc.property(blocks, fc.integer({ min: 2, max: 3 }), (history, epoch) => {
      const code = codeOf(first, second);
      const people = ['Alice', 'Bob', 'Carol'];
      const chain = createTestChain({ code, accounts: people });
      const inputs: Parameters<typeof executeBlock>[1][] = [];
      const { state: begin } = chain;
      const make = (calls: readonly (readonly [string, KernelCall])[]): void => {
        const input = inputOf(chain, []);
        const transactions = calls.map(([from, call], index) =>
          chain.transaction(from, call, nonceOf(chain, calls, from, index)),
        );
        const { included } = selectTransactions(chain.state, { ...input, transactions }, code);
        inputs.push({ ...input, transactions: included });
        chain.block(included);
      };
      make([[VALIDATOR, install(installationOf(first, 1))]]);
      while (getConsensus(chain.state, LEDGER) === undefined) make([]);
      make([[VALIDATOR, upgrade(second, epoch)]]);
      for (const calls of history)
        make(calls.map(({ from, amount }) => [from, callLedger('deposit', BigInt(amount))]));
      while (getConsensus(chain.state, LEDGER)?.version !== '2.0.0') make([]);
      const prefix = new TextEncoder().encode('b');
      const rows = viewOf(chain.state, LEDGER).scan(prefix);
      const pot = getConsensus(chain.state, LEDGER)?.pot ?? 0n;
      for (const [, value] of rows) assert.ok(value.length > 0);
      const before = people.reduce((sum, name) => sum + chain.free(name), 0n);
      let fees = 0n;
      for (const name of people) {
        const outcome = chain.submit(name, callLedger('takeOut'));
        fees += outcome.fee;
      }
      assert.equal(
        people.reduce((sum, name) => sum + chain.free(name), 0n),
        before + pot - fees,
      );
      assert.equal(getConsensus(chain.state, LEDGER)?.pot, 0n);
      let state = begin;
      for (const input of inputs) state = executeBlock(state, input, code).state;
      const again = createTestChain({ code, accounts: people });
      for (const { transactions } of inputs) again.block(transactions);
      assert.equal(state.root, again.state.root);
    });
    fc.assert(property, { numRuns: 40 });
  });
});

/** The next nonce of a sender who has several calls in one block. */
function nonceOf(
  chain: TestChain,
  calls: readonly (readonly [string, KernelCall])[],
  from: string,
  index: number,
): { readonly nonce: number } {
  const earlier = calls.slice(0, index).filter(([sender]) => sender === from).length;
  return { nonce: chain.transaction(from, { kind: 'cancelConsensus', id: 1 }).transaction.nonce + earlier };
}
