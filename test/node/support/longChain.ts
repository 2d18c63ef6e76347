/** Chains with real certificates of four validators, made in memory, and nodes that follow them. */
import {
  Block,
  blockHash,
  type Commit,
  type Genesis,
  genesisState,
  type KeyPair,
  TOKEN,
  voteBytes,
} from '../../../chain/index.ts';
import { encode, type Hex } from '../../../consensus/interface/index.ts';
import { createApplication, type NodeApplication } from '../../../node/application.ts';
import { genesisTip } from '../../../node/begin.ts';
import { loadMechanisms } from '../../../node/mechanisms.ts';
import type { BulkVerifier } from '../../../node/ordering/types.ts';
import { createRunner } from '../../../node/plugins/runner.ts';
import { createPool, type Pool } from '../../../node/pool/pool.ts';
import type { Store } from '../../../node/store/store.ts';
import { cachedVerifier } from '../../../node/verify/cache.ts';
import { createVerifier } from '../../../node/verify/verifier.ts';
import { fastSigner, signerSeed } from '../../support/fastSigner.ts';
import { testGenesis } from './cluster.ts';
import { silentLog } from './log.ts';

export interface Certified {
  readonly block: Block;
  readonly hash: Hex;
  readonly encoded: Uint8Array;
  readonly certificate: Commit;
}

export interface LongChain {
  readonly genesis: Genesis;
  /** Block 1 first. */
  readonly blocks: readonly Certified[];
  /** Of the state after the last block. */
  readonly root: Hex;
  /** Makes more blocks. */
  extend(length: number): Promise<void>;
}

const named = Array.from({ length: 4 }, (_, index) => `validator of a long chain ${index}`)
  .map(name => ({ name, key: fastSigner(name) }))
  .sort(({ key: a }, { key: b }) => (a.account < b.account ? -1 : 1));

export const validatorKeys: readonly KeyPair[] = named.map(({ key }) => key);
/** What a node takes for the same keys. */
export const validatorSeeds: readonly Hex[] = named.map(({ name }) => signerSeed(name));

export const chainGenesis = (epochLength: number, accounts: readonly KeyPair[] = []): Genesis => ({
  ...testGenesis({ epochLength, accounts }),
  validators: validatorKeys.map(({ account }) => ({ validator: account, stake: 100n * TOKEN })),
});

/** An application without a disk. */
export function memoryApplication(
  genesis: Genesis,
  commit: Store['commit'] = async () => undefined,
  bulk: BulkVerifier = createVerifier({ workers: 0, log: silentLog }),
): { readonly application: NodeApplication; readonly pool: Pool } {
  const mechanisms = loadMechanisms(genesis);
  const { chainId } = genesis;
  const now = (): number => genesis.time;
  const checking = { chainId, runner: createRunner(mechanisms), verifier: cachedVerifier(bulk, 100_000) };
  const pool: Pool = createPool({
    ...checking,
    now,
    head: () => ({ state: application.tip().state, nextHeight: application.tip().height + 1 }),
  });
  const tip = genesisTip(genesis, genesisState(genesis, mechanisms).state);
  const application = createApplication({
    ...checking,
    store: { commit, adopt: () => Promise.reject(new Error('no snapshot here')), validatorsAt: () => null },
    pool,
    evidence: { candidates: () => [] },
    tip,
    now,
    log: silentLog,
  });
  return { application, pool };
}

export interface ChainOptions {
  readonly length: number;
  readonly epochLength?: number;
  readonly accounts?: readonly KeyPair[];
  /** Of the block at a height. */
  readonly transactions?: (height: number) => readonly Uint8Array[];
}

export async function makeLongChain(options: ChainOptions): Promise<LongChain> {
  const { length, epochLength = 100, accounts = [], transactions = () => [] } = options;
  const genesis = chainGenesis(epochLength, accounts);
  const { application, pool } = memoryApplication(genesis);
  const blocks: Certified[] = [];
  const chain = {
    genesis,
    blocks,
    get root() {
      return application.tip().state.root;
    },
    async extend(more: number) {
      for (let made = 0; made < more; made++) {
        const height = application.tip().height + 1;
        for (const encoded of transactions(height)) await pool.add(encoded, true);
        blocks.push(await makeBlock(application, genesis.time + 1000 * height, blocks.at(-1)?.certificate));
      }
    },
  };
  await chain.extend(length);
  return chain;
}

async function makeBlock(application: NodeApplication, now: number, parent?: Commit): Promise<Certified> {
  const height = application.tip().height + 1;
  const proposer = validatorKeys[height % validatorKeys.length]?.account ?? '0x';
  const request = { height, round: 0, now, proposer, lastCommit: parent ?? null };
  const block = await application.prepareProposal(request);
  const certificate = certify(block);
  await application.finalizeBlock(block, certificate);
  await application.commit();
  return { block, hash: certificate.blockHash, encoded: encode(Block, block), certificate };
}

/** Three of the four vote, another three for each height. */
export function certify(
  { header }: Block,
  voters: readonly KeyPair[] = validatorKeys.filter((_, index) => index !== header.height % 4),
): Commit {
  const { chainId, height } = header;
  const hash = blockHash(header);
  const message = voteBytes({ chainId, kind: 'precommit', height, round: 0, blockHash: hash });
  const signatures = voters.map(key => ({ validator: key.account, signature: key.sign(message) }));
  return { height, round: 0, blockHash: hash, signatures };
}
