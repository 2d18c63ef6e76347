/** What a killed node left on disk: copied before the node starts again, so that its own recovery stays untouched. */
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  commitChecks,
  type Genesis,
  getValidators,
  invariants,
  validateExecution,
  validateHeader,
} from '../../chain/index.ts';
import { decode, type Hex } from '../../consensus/interface/index.ts';
import { begin, genesisTip } from '../../node/begin.ts';
import { checkEvidence } from '../../node/evidence/check.ts';
import { MAX_RECORD_BYTES, SignRecord } from '../../node/ordering/tendermint/record.ts';
import type { Runner } from '../../node/plugins/runner.ts';
import { checkBlock } from '../../node/pool/check.ts';
import type { Store } from '../../node/store/store.ts';
import { verifyCheck } from '../../node/verify/check.ts';

export interface Chain {
  readonly genesis: Genesis;
  readonly runner: Runner;
}

/** Hash of each height that any node has committed. */
export type Ledger = Map<number, Hex>;

/** Blocks below the last look that are looked at again. */
const OVERLAP = 16;

/** Tables of the database never change once they are written: a link is a copy. */
export function copyStore(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from))
    (name.endsWith('.ldb') ? linkSync : copyFileSync)(join(from, name), join(to, name));
}

export interface Findings {
  readonly height: number;
  readonly record: SignRecord | null;
}

/**
 * Opens a store and holds it against what is known: the state has the root of the last header, the invariants hold, each
 * block above `seen` is whole, follows the one before and is the one that other nodes have. Adds what is new.
 */
export async function inspect(
  directory: string,
  chain: Chain,
  ledger: Ledger,
  seen: number,
): Promise<Findings> {
  const { store, tip } = await begin(directory, chain.genesis, chain.runner);
  try {
    const broken = invariants(tip.state);
    if (broken.length > 0) throw new Error(`${directory}: ${broken.join('; ')}`);
    let parent: Hex | null = null;
    for (let height = Math.max(1, seen - OVERLAP); height <= tip.height; height++)
      parent = await inspectBlock(store, height, parent, ledger);
    const raw = await store.records('tendermint').load();
    return { height: tip.height, record: raw === null ? null : decode(SignRecord, raw, MAX_RECORD_BYTES) };
  } finally {
    await store.close();
  }
}

async function inspectBlock(store: Store, height: number, parent: Hex | null, ledger: Ledger): Promise<Hex> {
  const stored = await store.block(height);
  if (stored === null) throw new Error(`block ${height} is missing below the last one`);
  const { hash, block, transactionHashes } = stored;
  if (parent !== null && block.header.parentHash !== parent)
    throw new Error(`block ${height} follows ${block.header.parentHash}, not ${parent}`);
  for (const transaction of transactionHashes)
    if (store.transaction(transaction)?.height !== height)
      throw new Error(`transaction ${transaction} of block ${height} is not found by its hash`);
  const known = ledger.get(height);
  if (known !== undefined && known !== hash)
    throw new Error(`block ${height} is ${hash} here and ${known} elsewhere`);
  ledger.set(height, hash);
  return hash;
}

export interface Place {
  readonly height: number;
  readonly index: number;
}

/**
 * Executes a whole chain again, from the genesis on, and verifies every certificate: what is stored is what follows.
 * Returns where each transaction stands.
 */
export async function replay(directory: string, { genesis, runner }: Chain): Promise<Map<Hex, Place>> {
  const verifier = {
    verify: async (checks: readonly Parameters<typeof verifyCheck>[0][]) => checks.map(verifyCheck),
  };
  const checking = { chainId: genesis.chainId, runner, verifier };
  const { store, tip } = await begin(directory, genesis, runner);
  const places = new Map<Hex, Place>();
  try {
    let { state } = await runner.genesis(genesis);
    let parent = genesisTip(genesis, state);
    for (let at = 1; at <= tip.height; at++) {
      const stored = await store.block(at);
      if (stored === null) throw new Error(`block ${at} is missing`);
      const { block, commit, hash, transactionHashes } = stored;
      validateHeader(block, parent, state);
      const votes = await verifier.verify(
        commitChecks(commit, { height: at, hash }, getValidators(state, 1), genesis.chainId),
      );
      if (!votes.every(Boolean)) throw new Error(`the certificate of block ${at} has a wrong signature`);
      const transactions = await checkBlock(
        block.transactions,
        () => undefined,
        checking,
        runner.mechanisms(state),
      );
      const evidence = await checkEvidence(block.evidence, verifier, genesis.chainId);
      const { height, time, proposer } = block.header;
      const execution = await runner.execute(state, { height, time, proposer, evidence, transactions });
      validateExecution(block.header, execution);
      for (const [index, transaction] of transactionHashes.entries()) {
        const before = places.get(transaction);
        if (before !== undefined)
          throw new Error(`transaction ${transaction} stands in blocks ${before.height} and ${at}`);
        places.set(transaction, { height: at, index });
      }
      state = execution.state;
      const head = { hash, header: block.header, commit, transactions: transactions.length };
      parent = { height, hash, time, epoch: execution.epoch, state, head };
    }
    return places;
  } finally {
    await store.close();
  }
}
