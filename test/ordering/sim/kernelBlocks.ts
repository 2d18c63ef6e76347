/**
 * Blocks of the real state machine: transfers, stake, modules, links, claims and calls of a mechanism, executed by the
 * kernel before every vote. Epochs are one or two blocks long, so the validators change while the schedule runs.
 */
import {
  type Block,
  BlockError,
  type BlockInput,
  CommitError,
  commitChecks,
  type Execution,
  executeBlock,
  getValidators,
  type Header,
  LIMITS,
  listCandidates,
  makeHeader,
  type State,
  TOKEN,
  type ValidatorSet,
  validateExecution,
  validateHeader,
} from '../../../chain/index.ts';
import type { Hex } from '../../../consensus/interface/index.ts';
import type { Value } from '../../../node/ordering/tendermint/types.ts';
import { bodyProblem, toValue } from '../../../node/ordering/value.ts';
import { accountNumber, type Blocks, type IsBearable, type Request, type Tip } from './blocks.ts';
import type { Random } from './choices.ts';
import { BUNDLES, bundle, CHAIN_ID, DRIFTING, fixture, SOUND_CODE, verified } from './economy.ts';
import type { Signatures } from './signatures.ts';

interface KernelTip extends Tip {
  readonly time: number;
  readonly state: State;
}

/**
 * Executions by parent state and content. A state transition does not depend on the certificate of the parent, so
 * schedules share most of their first blocks. Emptied when full: a cache must not decide what a schedule does.
 */
const executions = new Map<string, Execution>();
const MAX_EXECUTIONS = 2000;

interface KernelOptions {
  readonly random: Random;
  readonly initial: ValidatorSet;
  readonly epochLength: number;
  readonly isBearable: IsBearable;
  readonly signatures: Signatures;
  /** Every node executes for itself; else nodes with the same code share one execution. */
  readonly alone: boolean;
}

export function kernelBlocks(options: KernelOptions): Blocks<KernelTip> {
  const { random, initial, epochLength, isBearable, signatures, alone } = options;
  const { state, hash, time } = fixture(initial, epochLength);
  const blocks = new Map<Hex, Block>();
  const tips = new Map<Hex, KernelTip>();
  const verdicts = new Map<Hex, string | null>();

  function execute(base: State, input: BlockInput, deterministic: boolean): Execution {
    if (!deterministic) return executeBlock(base, input, DRIFTING);
    return alone ? executeBlock(base, input, SOUND_CODE) : executeOnce(base, input);
  }

  function executeOnce(base: State, input: BlockInput): Execution {
    const transactions = input.transactions.map(transaction => transaction.hash).join();
    const key = `${base.root}/${input.height}/${input.time}/${input.proposer}/${transactions}`;
    const known = executions.get(key);
    if (known !== undefined) return known;
    if (executions.size >= MAX_EXECUTIONS) executions.clear();
    const execution = executeBlock(base, input, SOUND_CODE);
    executions.set(key, execution);
    return execution;
  }

  const inputOf = ({ header: { height, time, proposer }, transactions }: Block): BlockInput => ({
    height,
    time,
    proposer,
    evidence: [],
    transactions: transactions.map(verified),
  });

  function propose({ tip, proposer, lastCommit, wrong, deterministic }: Request<KernelTip>): Value {
    const height = tip.height + 1;
    const time = tip.time + 1000;
    // Mostly the bundle of the height: what most chains have in common is executed once.
    const number = random.chance(0.3) ? random.below(BUNDLES) : height % BUNDLES;
    const chosen = bundle(tip.state, number);
    let input: BlockInput = { height, time, proposer, evidence: [], transactions: chosen };
    let execution = execute(tip.state, input, deterministic);
    if (!isBearable(candidatesOf(execution.state))) {
      input = { ...input, transactions: [] };
      execution = execute(tip.state, input, deterministic);
    }
    const header = makeHeader(tip, input, execution, lastCommit);
    const transactions = input.transactions.map(({ encoded }) => encoded);
    const right: Block = { header, transactions, evidence: [], lastCommit };
    const block = wrong ? spoil(right, random) : right;
    const value = toValue(block);
    blocks.set(value.hash, block);
    return value;
  }

  /** Throws {@link BlockError} or {@link CommitError}, as the application of a node does. */
  function check(tip: KernelTip, block: Block, deterministic: boolean): void {
    const problem = bodyProblem(block, CHAIN_ID, tip.height + 1);
    if (problem !== undefined) throw new BlockError('WRONG_TRANSACTIONS_ROOT', problem);
    validateHeader(block, tip, tip.state);
    const { lastCommit } = block;
    if (lastCommit !== null) {
      commitChecks(lastCommit, tip, tip.voters[0], CHAIN_ID);
      if (!signatures.isCertificate(lastCommit, 'precommit'))
        throw new CommitError('BAD_SIGNATURE', 'a signature of the last commit is wrong');
    }
    validateExecution(block.header, execute(tip.state, inputOf(block), deterministic));
  }

  function verdictOf(tip: KernelTip, block: Block, deterministic: boolean): string | null {
    try {
      check(tip, block, deterministic);
      return null;
    } catch (error) {
      if (error instanceof BlockError || error instanceof CommitError) return error.code;
      throw error;
    }
  }

  return {
    genesis: { height: 0, hash, time, state, voters: [initial, initial, initial] },
    propose,
    judge(tip, { hash }, deterministic) {
      const block = blocks.get(hash);
      if (block === undefined) return 'UNKNOWN_BLOCK';
      if (block.header.parentHash !== tip.hash) return 'WRONG_PARENT';
      const shared = deterministic && !alone;
      const known = shared ? verdicts.get(hash) : undefined;
      if (known !== undefined) return known;
      const verdict = verdictOf(tip, block, deterministic);
      if (shared) verdicts.set(hash, verdict);
      return verdict;
    },
    apply(tip, { hash }) {
      const block = blocks.get(hash);
      if (block === undefined) throw new RangeError(`nobody made the block ${hash}`);
      const known = tips.get(hash);
      if (known !== undefined) return known;
      const { state } = executeOnce(tip.state, inputOf(block));
      const voters = [getValidators(state, 0), getValidators(state, 1), getValidators(state, 2)] as const;
      const next = { height: tip.height + 1, hash, time: block.header.time, state, voters };
      tips.set(hash, next);
      return next;
    },
  };
}

/** Who would be elected if the next epoch began now. */
const candidatesOf = (state: State): ValidatorSet =>
  listCandidates(state, LIMITS.validators).map(({ validator, stake }) => ({
    validator,
    power: Number(stake / TOKEN),
  }));

const OTHER = accountNumber(0xbad);

/** Ways to get a block wrong; each must be found by executing it or by looking at its header. */
const SPOILS: readonly ((header: Header) => Partial<Header>)[] = [
  () => ({ stateRoot: OTHER }),
  () => ({ eventsRoot: OTHER }),
  ({ epoch }) => ({ epoch: epoch + 1 }),
  () => ({ validatorsHash: OTHER }),
  () => ({ nextValidatorsHash: OTHER }),
  () => ({ parentHash: OTHER }),
  () => ({ proposer: OTHER }),
  () => ({ transactionsRoot: OTHER }),
  ({ height }) => ({ height: height + 1 }),
  () => ({ time: 1 }),
];

function spoil(block: Block, random: Random): Block {
  const change = random.pick(SPOILS)?.(block.header);
  return { ...block, header: { ...block.header, ...change } };
}
