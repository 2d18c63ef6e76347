import assert from 'node:assert/strict';
import fc from 'fast-check';
import { executeBlock, selectTransactions, TOKEN } from '../../../chain/index.ts';
import { greedy, histories, PEOPLE, prelude, transactionsOf } from '../../chain/kernel/history.ts';
import { createTestChain, VALIDATOR } from '../../support/chain.ts';
import { withProbe } from '../../support/probe.ts';
import { type Isolated, inputOf, isolate, weighed } from './support.ts';

const options = withProbe(
  greedy,
  { capabilities: ['move_reserves', 'mint', 'read_reserves'], mintCap: 3n * TOKEN },
  { epochLength: 3, graceEpochs: 1, unstakeEpochs: 2, feePerWeight: 1_000n },
);

/** Settings that change how often a process is asked, and nothing else. */
const SETTINGS = [
  { what: 'that remembers all', knowledge: { entries: 100_000, bytes: 1 << 26 } },
  { what: 'that forgets nearly all', knowledge: { entries: 2, bytes: 1 << 26 } },
];

describe('a consensus module in a process of its own', () => {
  for (const { what, knowledge } of SETTINGS)
    describe(what, () => {
      let isolated: Isolated;
      before(async () => {
        isolated = await isolate('greedyModule', options, { knowledge });
      });
      after(() => isolated.runner.close());

      it('gives the same bytes as in this process, over random histories', async () => {
        const { runner } = isolated;
        const property = fc.asyncProperty(histories, async history => {
          const accounts = PEOPLE.filter(name => name !== VALIDATOR);
          const chain = createTestChain({ checkInvariants: false, accounts, ...options });
          assert.equal((await runner.genesis(chain.genesis)).state.root, chain.state.root);
          chain.block(prelude(chain));
          for (const commands of history) {
            const wanted = inputOf(chain, await weighed(isolated, chain, transactionsOf(chain, commands)));
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
        });
        await fc.assert(property, { numRuns: 8 });
      });
    });
});
