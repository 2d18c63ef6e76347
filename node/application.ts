/**
 * The application behind the ordering engine (ABCI-shaped): it makes, judges, executes and stores blocks. Execution is
 * the kernel's and pure; this file brings it what needed I/O and keeps what came out.
 */
import {
  type Block,
  BlockError,
  type BlockInput,
  blockHash,
  ChainError,
  type CheckedTransaction,
  type Commit,
  CommitError,
  commitChecks,
  type Epoch,
  EvidenceError,
  type Execution,
  factsHold,
  getClockAhead,
  getEpoch,
  getParameters,
  getValidators,
  type Header,
  loadAt,
  ModuleFault,
  makeHeader,
  revertOf,
  type Selection,
  type State,
  type ValidatorSet,
  validateExecution,
  validateHeader,
} from '../chain/index.ts';
import type { Hex } from '../consensus/interface/index.ts';
import type { Head, StoredBlock } from './api.ts';
import type { DivergenceMonitor } from './divergence/monitor.ts';
import { answersOf, recording, witnessed } from './divergence/witness.ts';
import { messageOf, NodeError } from './errors.ts';
import { checkEvidence } from './evidence/check.ts';
import type { EvidencePool } from './evidence/pool.ts';
import {
  type Application,
  type Log,
  NoProposal,
  type ProposalRequest,
  type ProposalVerdict,
} from './ordering/types.ts';
import { tellFaults } from './plugins/faults.ts';
import { lacksAnswer } from './plugins/runner.ts';
import type { Watch } from './plugins/watch.ts';
import { type Checking, checkBlock } from './pool/check.ts';
import type { Pool } from './pool/pool.ts';
import { Recent } from './recent.ts';
import { settlementParts } from './settlements.ts';
import { baseOf, type Snapshot } from './snapshot/base.ts';
import type { BlockWrite, Store } from './store/store.ts';

/** Milliseconds that a proposer's clock may be ahead of ours. */
const MAX_DRIFT = 10_000;
/** Proposals of one height whose execution is kept; more come only from faulty proposers. */
const EXECUTIONS_KEPT = 8;

/** The last committed block and the state after it; before the first, height 0 and the genesis' hash. */
export interface Tip {
  readonly height: number;
  readonly hash: Hex;
  readonly time: number;
  readonly epoch: number;
  readonly state: State;
  readonly head: Head;
}

export interface ApplicationOptions extends Checking {
  readonly store: Pick<Store, 'commit' | 'adopt' | 'validatorsAt'>;
  readonly pool: Pool;
  readonly evidence: Pick<EvidencePool, 'candidates'>;
  readonly tip: Tip;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  /** Told of each execution, to find out who answered otherwise. */
  readonly divergence?: Pick<DivergenceMonitor, 'witnessed' | 'explained'>;
}

/** A block of which a verified certificate shows that it is final, with its transactions if they were checked. */
export interface DecidedBlock {
  readonly block: Block;
  /** Its bytes. */
  readonly encoded: Uint8Array;
  readonly certificate: Commit;
  readonly transactions?: readonly CheckedTransaction[];
}

export interface NodeApplication extends Application {
  tip(): Tip;
  /**
   * Executes blocks that follow the tip, and makes them durable as one batch. Then tells the subscribers of each, in
   * order. Where one fails, those before it are kept.
   */
  applyDecided(blocks: readonly DecidedBlock[]): Promise<void>;
  /** Goes on from a snapshot whose rows are staged; the tip moves once that is on disk. Then tells the subscribers. */
  adopt(snapshot: Snapshot): Promise<void>;
  /** After each commit, in order of height. */
  onCommit(listener: (block: StoredBlock) => void): () => void;
}

/** A block that was executed on top of its parent. */
interface Executed {
  readonly block: Block;
  readonly hash: Hex;
  readonly execution: Execution;
  readonly transactionHashes: readonly Hex[];
}

/** What is to be committed: the block with its proof. */
interface Finalized extends Executed {
  readonly certificate: Commit;
  readonly encoded?: Uint8Array;
}

export function createApplication(options: ApplicationOptions): NodeApplication {
  const { chainId, runner, verifier, store, pool, now, log, divergence } = options;
  const listeners = new Set<(block: StoredBlock) => void>();
  let { tip } = options;
  let executions = new Recent<Hex, Executed>(EXECUTIONS_KEPT);
  let finalized: Finalized | null = null;

  async function prepare({ height, now, proposer, lastCommit }: ProposalRequest): Promise<Block> {
    const base = tip;
    const time = Math.max(now + getClockAhead(base.state), base.time + 1);
    const candidates = pool.candidates(getParameters(base.state).maxBlockBytes);
    const evidence = options.evidence.candidates(base.state, height);
    const input: BlockInput = { height, time, proposer, evidence, transactions: candidates };
    const { watch, answers } = recording();
    const { included, rejected, execution } = await selected(base.state, input, watch);
    pool.reject(rejected);
    const header = makeHeader(base, { ...input, transactions: included }, execution, lastCommit);
    const block: Block = {
      header,
      transactions: included.map(({ encoded }) => encoded),
      evidence: evidence.map(checked => checked.evidence),
      lastCommit,
    };
    const hash = blockHash(header);
    const transactionHashes = included.map(({ hash }) => hash);
    executions.set(hash, { block, hash, execution, transactionHashes });
    const own = answersOf(answers, new Set(transactionHashes));
    divergence?.witnessed(witnessed({ hash, height, proposer }, own, execution), null);
    tellFaults(own, height, log);
    return block;
  }

  async function selected(state: State, input: BlockInput, watch: Watch): Promise<Selection> {
    try {
      return await runner.select(state, input, {}, { watch });
    } catch (error) {
      if (lacksAnswer(error)) throw new NoProposal(messageOf(error), { cause: error });
      throw error;
    }
  }

  /** Throws {@link BlockError}, {@link CommitError} or {@link ChainError} for a block that cannot be right. */
  async function execute(block: Block): Promise<Executed> {
    const hash = blockHash(block.header);
    const known = executions.get(hash);
    if (known?.block === block) return known;
    const base = tip;
    // Before the shortcut: a header names its transactions, but the block may carry others.
    validateHeader(block, base, base.state);
    if (known !== undefined) return { ...known, block };
    if (block.lastCommit !== null) await checkCommit(block.lastCommit, base);
    const evidence = await checkEvidence(block.evidence, verifier, chainId);
    const transactions = await checked(base, block);
    const executed = await executeOn(base, block, hash, { evidence, transactions });
    if (base === tip) executions.set(hash, executed);
    return executed;
  }

  /** The transactions of a block, with facts that hold for the code in force before it. */
  async function checked(
    { state }: Tip,
    { header, transactions }: Block,
    known?: readonly CheckedTransaction[],
  ): Promise<readonly CheckedTransaction[]> {
    await runner.ready(state, header);
    const mechanisms = runner.mechanisms(state);
    if (known?.every(transaction => factsHold(transaction, mechanisms)) === true) return known;
    return checkBlock(transactions, pool.get, options, mechanisms);
  }

  async function executeOn(
    { state }: Tip,
    block: Block,
    hash: Hex,
    { evidence, transactions }: Pick<BlockInput, 'evidence' | 'transactions'>,
  ): Promise<Executed> {
    const { height, time, proposer } = block.header;
    const input = { height, time, proposer, evidence, transactions };
    const { watch, answers } = recording();
    let execution: Execution | null = null;
    try {
      execution = await runner.execute(state, input, { watch });
      validateExecution(block.header, execution);
    } catch (error) {
      divergence?.witnessed(witnessed({ hash, height, proposer }, answers, execution), error);
      throw error;
    }
    divergence?.witnessed(witnessed({ hash, height, proposer }, answers, execution), null);
    tellFaults(answers, height, log);
    return { block, hash, execution, transactionHashes: transactions.map(({ hash }) => hash) };
  }

  /** What is decided and does not come out here ends this node; people should read why. */
  async function explained(error: unknown, hash: Hex): Promise<unknown> {
    const found = await divergence?.explained(hash);
    if (found === undefined || found === null) return error;
    const hint =
      'compare the code of this consensus module on the nodes: devnet plugin check finds what is not deterministic';
    return new NodeError('DIVERGED', found.summary, hint, { cause: error });
  }

  /** Signatures of votes that this node counted itself come from the cache. */
  async function checkCommit(commit: Commit, parent: Tip): Promise<void> {
    const checks = commitChecks(commit, parent, getValidators(parent.state, 0), chainId);
    const results = await verifier.verify(checks, 'blocks');
    if (!results.every(Boolean))
      throw new CommitError('BAD_SIGNATURE', 'a signature of the last commit is wrong');
  }

  async function process(block: Block): Promise<ProposalVerdict> {
    const ahead = block.header.time - now() - getClockAhead(tip.state);
    if (ahead > MAX_DRIFT)
      return { ok: false, code: 'WRONG_TIME', reason: `its time is ${ahead} ms ahead of this node's clock` };
    try {
      await execute(block);
      return { ok: true };
    } catch (error) {
      return verdictOf(error);
    }
  }

  async function applyDecided(decided: readonly DecidedBlock[]): Promise<void> {
    const done: Finalized[] = [];
    try {
      let base = tip;
      for (const { block, encoded, certificate, transactions } of decided) {
        // Agreement, or a snapshot, may have gone on before ordering stood aside.
        if (block.header.height <= base.height) continue;
        validateHeader(block, base, base.state);
        const evidence = await checkEvidence(block.evidence, verifier, chainId);
        const parent = base;
        const executed = await runner.insist(async () => {
          const parts = { evidence, transactions: await checked(parent, block, transactions) };
          return executeOn(parent, block, certificate.blockHash, parts);
        });
        done.push({ ...executed, certificate, encoded });
        base = tipAfter(executed, certificate);
      }
    } finally {
      if (done.length > 0) await settle(done);
    }
  }

  /** On disk first; then the tip moves and everybody hears of it, block by block. */
  async function settle(done: readonly Finalized[]): Promise<void> {
    await store.commit(done.map(blockWrite));
    executions = new Recent(EXECUTIONS_KEPT);
    for (const executed of done) {
      const { block, hash, certificate, execution, transactionHashes } = executed;
      tip = tipAfter(executed, certificate);
      pool.committed(transactionHashes, execution);
      tell({ hash, block, commit: certificate, outcomes: execution.outcomes, transactionHashes });
    }
  }

  async function adopt({ stored, state }: Snapshot): Promise<void> {
    await runner.ready(state, next(stored.block.header));
    await store.adopt(...baseOf({ stored, state }, runner.mechanisms(state)));
    tip = tipOf(stored, state);
    executions = new Recent(EXECUTIONS_KEPT);
    finalized = null;
    pool.refresh();
    tell(stored);
  }

  /** A listener that fails must not stop the chain. */
  function tell(stored: StoredBlock): void {
    for (const listener of listeners)
      try {
        listener(stored);
      } catch (error) {
        log.error({ err: error, height: stored.block.header.height }, 'a listener for blocks failed');
      }
  }

  function blockWrite(executed: Finalized): BlockWrite {
    const { execution } = executed;
    return {
      ...executed,
      epoch: begunEpoch(executed),
      settlements: settlementParts(execution.epoch, execution.outcomes, runner.mechanisms(execution.state)),
    };
  }

  return {
    info: () => ({ height: tip.height, blockHash: tip.hash, time: tip.time }),
    validators: height => validatorsAt(height, tip, store),
    prepareProposal: prepare,
    processProposal: process,
    async finalizeBlock(block, certificate) {
      try {
        finalized = { ...(await runner.insist(() => execute(block))), certificate };
      } catch (error) {
        throw await explained(error, certificate.blockHash);
      }
    },
    async commit() {
      if (finalized === null) throw new Error('commit without a finalized block');
      const done = finalized;
      finalized = null;
      await settle([done]);
      // What is committed stays; without the code for the next block this is where the node stops.
      await runner.insist(() => runner.ready(tip.state, next(done.block.header)));
    },
    applyDecided,
    adopt,
    tip: () => tip,
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The earliest block after this one. */
const next = ({ height, time }: Header) => ({ height: height + 1, time: time + 1 });

/** The epoch whose first block this is. One that goes on after a revert began long before; one that was loaded begins after it. */
function begunEpoch({ block: { header }, execution: { state } }: Executed): Epoch | null {
  const epoch = getEpoch(state);
  const { height } = header;
  if (loadAt(state, height) !== undefined) return { ...epoch, startHeight: height + 1 };
  return epoch.startHeight === height && revertOf(state, height) === undefined ? epoch : null;
}

function tipOf({ hash, block: { header }, commit, transactionHashes }: StoredBlock, state: State): Tip {
  const { height, time, epoch } = header;
  const head = { hash, header, commit, transactions: transactionHashes.length };
  return { height, hash, time, epoch, state, head };
}

function tipAfter({ block, hash, execution, transactionHashes }: Executed, certificate: Commit): Tip {
  const { height, time, epoch } = block.header;
  const head = { hash, header: block.header, commit: certificate, transactions: transactionHashes.length };
  return { height, hash, time, epoch, state: execution.state, head };
}

/** Known for every height up to the next one. */
function validatorsAt(height: number, tip: Tip, store: Pick<Store, 'validatorsAt'>): ValidatorSet {
  if (height === tip.height + 1) return getValidators(tip.state, 1);
  if (height === tip.height) return getValidators(tip.state, 0);
  const set = height <= tip.height ? store.validatorsAt(height) : null;
  if (set !== null) return set;
  throw new RangeError(`the validators of height ${height} are not known at height ${tip.height}`);
}

function verdictOf(error: unknown): ProposalVerdict {
  if (error instanceof BlockError || error instanceof ModuleFault)
    return { ok: false, code: error.code, reason: error.message };
  if (lacksAnswer(error)) return { ok: false, code: 'MODULE_FAULT', reason: messageOf(error) };
  if (error instanceof EvidenceError)
    return { ok: false, code: 'BAD_EVIDENCE', reason: `${error.code}: ${error.message}` };
  if (error instanceof CommitError)
    return { ok: false, code: 'WRONG_LAST_COMMIT', reason: `${error.code}: ${error.message}` };
  if (error instanceof ChainError)
    return { ok: false, code: 'BAD_TRANSACTION', reason: `${error.code}: ${error.message}` };
  throw error;
}
