/** An application of a few lines, for tests of ordering: its state is a hash chain over transactions. */
import {
  BLOCK_VERSION,
  type Block,
  blockHash,
  type Commit,
  commitHash,
  EMPTY_MERKLE_ROOT,
  sha256,
  transactionsRoot,
  type ValidatorSet,
  validatorsHash,
} from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { Application, ProposalRequest, ProposalVerdict } from '../../node/ordering/types.ts';

export const CHAIN_ID = 'ordering-test';
export const GENESIS_HASH: Hex = `0x${'11'.repeat(32)}`;

export interface Committed {
  readonly block: Block;
  readonly certificate: Commit;
}

export interface TestApplication extends Application {
  readonly chain: readonly Committed[];
  /** Transactions for the next block. */
  readonly pool: Uint8Array[];
  /** Calls so far, in order: `prepare 1`, `process 1`, `finalize 1`, `commit 1` ... */
  readonly calls: string[];
  /** Called when a block is durable. */
  onCommit(listener: (height: number) => void): void;
}

export interface TestApplicationOptions {
  readonly validators: (height: number) => ValidatorSet;
  /** Blocks from before a restart. */
  readonly chain?: Committed[];
  /** The verdict on a block that is otherwise right. */
  readonly judge?: (block: Block) => ProposalVerdict;
}

export function createTestApplication(options: TestApplicationOptions): TestApplication {
  const chain = options.chain ?? [];
  const pool: Uint8Array[] = [];
  const calls: string[] = [];
  const listeners: ((height: number) => void)[] = [];
  let finalized: Committed | null = null;

  const tip = () => {
    const header = chain.at(-1)?.block.header;
    return header === undefined
      ? { height: 0, blockHash: GENESIS_HASH, time: 0, stateRoot: GENESIS_HASH }
      : {
          height: header.height,
          blockHash: blockHash(header),
          time: header.time,
          stateRoot: header.stateRoot,
        };
  };

  function build(
    request: Omit<ProposalRequest, 'now' | 'round'>,
    time: number,
    transactions: readonly Uint8Array[],
  ): Block {
    const { height, proposer, lastCommit } = request;
    const parent = tip();
    const root = transactionsRoot(transactions);
    const header = {
      version: BLOCK_VERSION,
      chainId: CHAIN_ID,
      height,
      time,
      epoch: 0,
      parentHash: parent.blockHash,
      proposer,
      transactionsRoot: root,
      evidenceRoot: EMPTY_MERKLE_ROOT,
      stateRoot: sha256(new TextEncoder().encode(parent.stateRoot + root)),
      eventsRoot: EMPTY_MERKLE_ROOT,
      lastCommitHash: commitHash(lastCommit),
      validatorsHash: validatorsHash(options.validators(height)),
      nextValidatorsHash: validatorsHash(options.validators(height + 1)),
    };
    return { header, transactions, evidence: [], lastCommit };
  }

  const isRight = ({ header, transactions, lastCommit }: Block): boolean => {
    const { height, proposer, time } = header;
    return (
      blockHash(build({ height, proposer, lastCommit }, time, transactions).header) === blockHash(header)
    );
  };

  return {
    chain,
    pool,
    calls,
    onCommit: listener => listeners.push(listener),
    info: tip,
    validators: options.validators,
    async prepareProposal(request) {
      calls.push(`prepare ${request.height}`);
      return build(request, Math.max(request.now, tip().time + 1), pool.slice(0, 100));
    },
    async processProposal(block) {
      calls.push(`process ${block.header.height}`);
      if (!isRight(block)) return { ok: false, code: 'WRONG_STATE_ROOT', reason: 'another hash' };
      return options.judge?.(block) ?? { ok: true };
    },
    async finalizeBlock(block, certificate) {
      calls.push(`finalize ${block.header.height}`);
      if (!isRight(block)) throw new Error(`block ${block.header.height} does not execute to its header`);
      finalized = { block, certificate };
    },
    async commit() {
      if (finalized === null) throw new Error('commit without a finalized block');
      const { block } = finalized;
      calls.push(`commit ${block.header.height}`);
      chain.push(finalized);
      finalized = null;
      const included = new Set(block.transactions.map(sha256));
      pool.splice(0, pool.length, ...pool.filter(transaction => !included.has(sha256(transaction))));
      for (const listener of listeners) listener(block.header.height);
    },
  };
}
