import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CheckedTransaction, executeBlock, selectTransactions, TOKEN } from '../../../chain/index.ts';
import { pluginOptions } from '../../../node/plugins/consensus.ts';
import { openPlugin, type Plugin } from '../../../node/plugins/plugin.ts';
import { createRunner, type Runner } from '../../../node/plugins/runner.ts';
import { greedy, histories, PEOPLE, prelude, transactionsOf } from '../../chain/kernel/history.ts';
import { accountOf, createTestChain, GENESIS_TIME, type TestChain, VALIDATOR } from '../../support/chain.ts';
import { PROBE, withProbe } from '../../support/probe.ts';
import { silentLog } from '../support/log.ts';

const options = withProbe(
  greedy,
  { capabilities: ['move_reserves', 'mint', 'read_reserves'], mintCap: 3n * TOKEN },
  { epochLength: 3, graceEpochs: 1, unstakeEpochs: 2, feePerWeight: 1_000n },
);

describe('a consensus module in a process of its own', () => {
  let plugin: Plugin;
  let runner: Runner;
  before(async () => {
    const code = {
      url: new URL('./modules.ts', import.meta.url).href,
      exportName: 'greedyModule',
      name: 'probe',
      version: '1.0.0',
    };
    plugin = await openPlugin(pluginOptions({ consensus: PROBE, code, log: silentLog }));
    runner = createRunner(new Map([...(options.mechanisms ?? []), [PROBE, plugin.shell]]), [plugin]);
  });
  after(() => runner.close());

  const input = (chain: TestChain, transactions: readonly CheckedTransaction[]) => ({
    height: chain.height + 1,
    time: GENESIS_TIME + (chain.height + 1) * 1000,
    proposer: accountOf(VALIDATOR),
    evidence: [],
    transactions,
  });

  /** With what its process says about each call instead of what its code says here. */
  async function weighed(transactions: readonly CheckedTransaction[]): Promise<CheckedTransaction[]> {
    return Promise.all(
      transactions.map(async checked => {
        const { transaction } = checked;
        const { weighed } = await runner.checks(
          { transaction, signature: new Uint8Array(65) },
          transaction.chainId,
        );
        return weighed === undefined ? checked : { ...checked, weighed };
      }),
    );
  }

  it('gives the same bytes as in this process, over random histories', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(histories, async history => {
        const chain = createTestChain({
          checkInvariants: false,
          accounts: PEOPLE.filter(name => name !== VALIDATOR),
          ...options,
        });
        assert.equal((await runner.genesis(chain.genesis)).state.root, chain.state.root);
        for (const block of prelude(chain)) chain.block([block]);
        for (const commands of history) {
          const wanted = input(chain, await weighed(transactionsOf(chain, commands)));
          const here = selectTransactions(chain.state, wanted, chain.mechanisms);
          const there = await runner.select(chain.state, wanted);
          assert.equal(there.execution.state.root, here.execution.state.root);
          assert.deepEqual(there.execution.outcomes, here.execution.outcomes);
          assert.deepEqual(there.rejected, here.rejected);
          const block = { ...wanted, transactions: here.included };
          const executed = await runner.execute(chain.state, block);
          assert.deepEqual(executed.outcomes, executeBlock(chain.state, block, chain.mechanisms).outcomes);
          chain.block(here.included);
        }
      }),
      { numRuns: 15 },
    );
  });
});
