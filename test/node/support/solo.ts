/** The application of a single validator without an engine: the test proposes and commits. */
import {
  type Block,
  blockHash,
  type Commit,
  type Genesis,
  keyPairFromUri,
  voteBytes,
} from '../../../chain/index.ts';
import type { Account } from '../../../consensus/interface/index.ts';
import { createApplication, type NodeApplication } from '../../../node/application.ts';
import { begin } from '../../../node/begin.ts';
import { createEvidencePool, type EvidencePool } from '../../../node/evidence/pool.ts';
import { loadMechanisms } from '../../../node/mechanisms.ts';
import { createRunner } from '../../../node/plugins/runner.ts';
import { createPool, type Pool } from '../../../node/pool/pool.ts';
import type { Store } from '../../../node/store/store.ts';
import { cachedVerifier } from '../../../node/verify/cache.ts';
import { createVerifier } from '../../../node/verify/verifier.ts';
import { testGenesis, validatorUri, withDirectory } from './cluster.ts';
import { silentLog } from './log.ts';

const key = keyPairFromUri(validatorUri(0), 'ed25519');

export interface Solo {
  readonly genesis: Genesis;
  readonly application: NodeApplication;
  readonly pool: Pool;
  readonly evidence: EvidencePool;
  readonly store: Store;
  readonly proposer: Account;
  /** Milliseconds; a test may set it. */
  time: number;
  propose(): Promise<Block>;
  /** Proposes, certifies and commits. */
  advance(): Promise<Block>;
}

export async function openSolo(directory: string, genesis = testGenesis()): Promise<Solo> {
  const runner = createRunner(loadMechanisms(genesis));
  const { store, tip } = await begin(directory, genesis, runner);
  const verifier = cachedVerifier(createVerifier({ workers: 0, log: silentLog }), 1000);
  const checking = { chainId: genesis.chainId, runner, verifier };
  const now = (): number => solo.time;
  const head = () => ({ state: application.tip().state, nextHeight: application.tip().height + 1 });
  const pool: Pool = createPool({ ...checking, now, head });
  const evidence = createEvidencePool({
    chainId: genesis.chainId,
    verifier,
    store: store.evidence,
    head,
    own: key.account,
    log: silentLog,
  });
  const application: NodeApplication = createApplication({
    ...checking,
    store,
    pool,
    evidence,
    tip,
    now,
    log: silentLog,
  });
  const propose = (): Promise<Block> => {
    const { height, head } = application.tip();
    return application.prepareProposal({
      height: height + 1,
      round: 0,
      now: solo.time,
      proposer: key.account,
      lastCommit: height === 0 ? null : head.commit,
    });
  };
  const solo: Solo = {
    genesis,
    application,
    pool,
    evidence,
    store,
    proposer: key.account,
    time: genesis.time + 1000,
    propose,
    async advance() {
      const block = await propose();
      await application.finalizeBlock(block, certify(block));
      await application.commit();
      evidence.committed();
      return block;
    },
  };
  return solo;
}

/** The certificate of the only validator. */
export function certify({ header }: Block): Commit {
  const { chainId, height } = header;
  const hash = blockHash(header);
  const message = voteBytes({ chainId, kind: 'precommit', height, round: 0, blockHash: hash });
  return {
    height,
    round: 0,
    blockHash: hash,
    signatures: [{ validator: key.account, signature: key.sign(message) }],
  };
}

/** One in a directory of its own, closed and removed afterwards. */
export const withSolo = (run: (solo: Solo) => Promise<void>): Promise<void> =>
  withDirectory(async directory => {
    const solo = await openSolo(directory);
    try {
      await run(solo);
    } finally {
      await solo.store.close();
    }
  });
