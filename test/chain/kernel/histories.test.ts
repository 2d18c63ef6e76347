import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type CheckedTransaction,
  type Execution,
  executeBlock,
  genesisState,
  getSupply,
  type Mechanisms,
  makeHeader,
  State,
  selectTransactions,
  TOKEN,
} from '../../../chain/index.ts';
import { accountOf, createTestChain, GENESIS_TIME, type TestChain, VALIDATOR } from '../../support/chain.ts';
import { withProbe } from '../../support/probe.ts';
import { type Command, greedy, histories, PEOPLE, prelude, transactionsOf } from './history.ts';

const start = (checkInvariants: boolean): TestChain =>
  createTestChain({
    checkInvariants,
    accounts: PEOPLE.filter(name => name !== VALIDATOR),
    ...withProbe(
      greedy,
      { capabilities: ['move_reserves', 'mint', 'read_reserves'], mintCap: 3n * TOKEN },
      { epochLength: 3, graceEpochs: 1, unstakeEpochs: 2, feePerWeight: 1_000n },
    ),
  });

const input = (chain: TestChain, transactions: readonly CheckedTransaction[]) => ({
  height: chain.height + 1,
  time: GENESIS_TIME + (chain.height + 1) * 1000,
  proposer: accountOf(VALIDATOR),
  evidence: [],
  transactions,
});

/** Plays a history; the proposer's choice is what is executed. */
function play(
  history: readonly (readonly Command[])[],
  checkInvariants: boolean,
  each: (chain: TestChain, played: Execution, included: readonly CheckedTransaction[]) => void = () => {},
) {
  const chain = start(checkInvariants);
  const blocks: (readonly CheckedTransaction[])[] = [prelude(chain)];
  for (const block of blocks) chain.block(block);
  for (const commands of history) {
    const wanted = transactionsOf(chain, commands);
    const proposed = selectTransactions(chain.state, input(chain, wanted), chain.mechanisms);
    const execution = chain.block(proposed.included);
    assert.equal(execution.state.root, proposed.execution.state.root);
    assert.deepEqual(execution.outcomes, proposed.execution.outcomes);
    blocks.push(proposed.included);
    each(chain, execution, proposed.included);
  }
  return { chain, blocks };
}

const REFUSALS = [
  'proposeLink SELF_LINK',
  'proposeLink LINK_CYCLE',
  'proposeLink SHARES_OVER_LIMIT',
  'proposeLink TOO_MANY_LINKS',
  'acceptLink NOT_YOUR_MODULE',
  'unstake UNKNOWN_STAKE',
  'withdraw NOTHING_THAWED',
  'call OVERDRAFT',
  'dev NOT_DEV_AUTHORITY',
];

describe('random histories', () => {
  it('keep every invariant after every block, and the supply constant but for what was declared', () => {
    const { total } = getSupply(start(true).state);
    const property = fc.property(histories, history => {
      play(history, true, chain => {
        const supply = getSupply(chain.state);
        assert.equal(supply.total - supply.minted + supply.burned, total);
      });
    });
    fc.assert(property, { numRuns: 12 });
  });

  it('give the same bytes when executed again, on the state as it is read back from rows', () => {
    const property = fc.property(histories, history => {
      const { chain, blocks } = play(history, false);
      assert.equal(replay(chain.mechanisms, chain, blocks), chain.state.root);
    });
    fc.assert(property, { numRuns: 6 });
  });

  it('meet successes and refusals of all kinds, so that the properties mean something', () => {
    const seen = new Set<string>();
    for (const history of fc.sample(histories, { seed: 11, numRuns: 25 }))
      play(history, false, (_, { outcomes }, included) => {
        for (const [index, { failure }] of outcomes.transactions.entries())
          seen.add(`${included[index]?.transaction.call.kind} ${failure?.code ?? 'ok'}`);
      });
    const kinds = ['transfer', 'updateModule', 'retireModule', 'proposeLink', 'acceptLink'];
    const more = ['dissolveLink', 'stake', 'unstake', 'reserve', 'thaw', 'withdraw', 'call', 'dev'];
    for (const kind of [...kinds, ...more]) assert.ok(seen.has(`${kind} ok`), `no ${kind} succeeded`);
    for (const refusal of REFUSALS) assert.ok(seen.has(refusal), `${refusal} was never refused`);
  });
});

/** The last state root, computed block by block with the state rebuilt from its rows each time. */
function replay(
  mechanisms: Mechanisms,
  { genesis }: TestChain,
  blocks: readonly (readonly CheckedTransaction[])[],
): string {
  let { state } = genesisState(genesis, mechanisms);
  blocks.forEach((transactions, index) => {
    const block = {
      height: index + 1,
      time: GENESIS_TIME + (index + 1) * 1000,
      proposer: accountOf(VALIDATOR),
      evidence: [],
      transactions,
    };
    const execution = executeBlock(state, block, mechanisms);
    const parent = { hash: execution.state.root, height: index, time: 0 };
    assert.equal(makeHeader(parent, block, execution, null).stateRoot, execution.state.root);
    state = State.fromRows(state.with(execution.changes).rows());
    assert.equal(state.root, execution.state.root);
  });
  return state.root;
}
