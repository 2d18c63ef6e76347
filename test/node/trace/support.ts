/** Blocks of a random history as a node has them stored, and a history of them that a tracer can work on. */
import {
  blockHash,
  type CheckedTransaction,
  type Code,
  type Execution,
  Genesis,
  hashOf,
  makeHeader,
  type State,
  selectTransactions,
  sha256,
  TOKEN,
} from '../../../chain/index.ts';
import type { StoredBlock } from '../../../node/api.ts';
import type { Runner } from '../../../node/plugins/runner.ts';
import { createHistory, type History } from '../../../node/trace/history.ts';
import { type Command, greedy, PEOPLE, prelude, transactionsOf } from '../../chain/kernel/history.ts';
import { createTestChain, type TestChain, type TestChainOptions, VALIDATOR } from '../../support/chain.ts';
import { withProbe } from '../../support/probe.ts';
import { inputOf } from '../plugins/support.ts';

export const greedyOptions: TestChainOptions = withProbe(
  greedy,
  { capabilities: ['move_reserves', 'mint', 'read_reserves'], mintCap: 3n * TOKEN },
  { epochLength: 3, graceEpochs: 1, unstakeEpochs: 2, feePerWeight: 1_000n },
);

export interface StoredHistory {
  readonly chain: TestChain;
  /** The genesis' state first; then after each block. */
  readonly states: readonly State[];
  readonly blocks: readonly StoredBlock[];
}

export interface Recorder extends StoredHistory {
  /** A block of these, as far as they may stand in it. */
  make(wanted: readonly CheckedTransaction[]): Execution;
}

/** Keeps the blocks of a chain that has none yet. */
export function recorderOf(chain: TestChain, code: Code = chain.mechanisms): Recorder {
  const states: State[] = [chain.state];
  const blocks: StoredBlock[] = [];
  return {
    chain,
    states,
    blocks,
    make(wanted) {
      const parent = blocks.at(-1);
      const input = inputOf(chain, wanted);
      const { included } = selectTransactions(chain.state, input, code);
      const execution: Execution = chain.block(included);
      const before = {
        hash: parent?.hash ?? hashOf(Genesis, chain.genesis),
        height: input.height - 1,
        time: input.time - 1000,
      };
      const header = makeHeader(before, { ...input, transactions: included }, execution, null);
      const hash = blockHash(header);
      const transactions = included.map(({ encoded }) => encoded);
      blocks.push({
        hash,
        block: { header, transactions, evidence: [], lastCommit: null },
        commit: { height: input.height, round: 0, blockHash: hash, signatures: [] },
        outcomes: execution.outcomes,
        transactionHashes: transactions.map(sha256),
      });
      states.push(chain.state);
      return execution;
    },
  };
}

export function storedHistory(
  commands: readonly (readonly Command[])[],
  options = greedyOptions,
): StoredHistory {
  const accounts = PEOPLE.filter(name => name !== VALIDATOR);
  const recorder = recorderOf(createTestChain({ checkInvariants: false, accounts, ...options }));
  recorder.make(prelude(recorder.chain));
  for (const block of commands) recorder.make(transactionsOf(recorder.chain, block));
  return recorder;
}

/** All signatures are taken as right: the test chain signs nothing. */
export function historyOf({ chain, blocks, states }: StoredHistory, runner: Runner, base = 1): History {
  const [genesis] = states;
  if (genesis === undefined) throw new Error('a history without a genesis');
  return createHistory({
    chainId: chain.genesis.chainId,
    runner,
    verifier: { verify: async checks => checks.map(() => true) },
    block: async height => blocks[height - 1] ?? null,
    base: () => base,
    genesis: async () => genesis,
  });
}
