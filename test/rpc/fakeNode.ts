/** A node without ordering, pool and store: a hand-made state, and blocks when a test says so. */
import {
  BlockOutcomes,
  type Commit,
  DEFAULT_RULES,
  Draft,
  decodeDump,
  encodeDump,
  type Genesis,
  Header,
  hashOf,
  type KernelCall,
  type KeyPair,
  keyPairFromUri,
  LIMITS,
  type Outcome,
  SignedTransaction,
  State,
  signingBytes,
  transactionHash,
  ValidatorSet,
  VoteBody,
} from '../../chain/index.ts';
import * as tables from '../../chain/kernel/tables.ts';
import { consensus0 } from '../../consensus/index.ts';
import { decode, encode, fromHex, type Hex, toHex } from '../../consensus/interface/index.ts';
import type { DevApi, NodeApi, Settlement, StoredBlock, TransactionStatus } from '../../node/api.ts';
import type { PluginJson } from '../../node/client/wirePlugins.ts';
import { HostError } from '../../node/host/errors.ts';
import { createLoaded, type LoadedPlugins } from '../../node/host/loaded.ts';
import { createRunner } from '../../node/plugins/runner.ts';
import { WHOLE_CHAIN } from '../../node/store/formats.ts';
import { TraceError } from '../../node/trace/types.ts';

export const CHAIN_ID = 'fake-1';
const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;

export const alice = keyPairFromUri('//Alice');
export const bob = keyPairFromUri('//Bob');
export const charlie = keyPairFromUri('//Charlie');
export const validators: readonly KeyPair[] = ['//V0', '//V1', '//V2', '//V3'].map(uri =>
  keyPairFromUri(uri, 'ed25519'),
);

export interface FakeNode extends NodeApi {
  /** A final block with these transactions, each with this outcome. */
  publish(transactions?: readonly Uint8Array[], outcome?: Partial<Outcome>): StoredBlock;
  readonly pool: Map<Hex, Uint8Array>;
  readonly statuses: Map<Hex, TransactionStatus>;
  readonly settlements: Map<number, Settlement>;
  readonly devCalls: string[];
  readonly loaded: LoadedPlugins;
  nextOutcome: Outcome | Error;
}

const FAKE_PLUGINS: readonly PluginJson[] = [
  {
    name: 'watcher',
    version: '1.0.0',
    provides: 'service',
    codeHash: `0x${'11'.repeat(32)}`,
    signers: ['alice'],
    trusted: [],
    capabilities: ['read_blockchain'],
    tier: 'T1',
    state: 'running',
    reason: null,
    address: null,
    restarts: 0,
    errors: 0,
    lastError: null,
    memory: 50_000_000,
    cpu: 0.25,
  },
];

export const OK: Outcome = { ok: true, failure: null, weight: 100, fee: 1_000n, events: [] };

export function createFakeNode({ devnet = true, ready = true, base = WHOLE_CHAIN } = {}): FakeNode {
  const state = handMadeState();
  const listeners = new Set<(block: StoredBlock) => void>();
  const blocks: StoredBlock[] = [makeBlock(state, 1, ZERO_HASH, [], OK)];
  const pool = new Map<Hex, Uint8Array>();
  const statuses = new Map<Hex, TransactionStatus>();
  const settlements = new Map<number, Settlement>();
  const devCalls: string[] = [];
  const last = () => blocks.at(-1) as StoredBlock;
  const node: FakeNode = {
    info: {
      chainId: CHAIN_ID,
      name: 'fake',
      version: '0.1.0',
      peerId: 'peer-0',
      ordering: 'instant',
      validator: validators[0]?.account ?? null,
    },
    genesis,
    mechanisms: () => new Map([[0, consensus0]]),
    describe: async () => consensus0,
    missingCode: () => [],
    head: () => {
      const { hash, block, commit } = last();
      return { hash, header: block.header, commit, transactions: block.transactions.length };
    },
    state: () => state,
    base: () => base,
    divergences: () => [],
    trace: () => Promise.reject(new TraceError('UNKNOWN_TRANSACTION', 'a fake node has no history')),
    block: async reference =>
      blocks.find(({ hash, block }) => hash === reference || block.header.height === reference) ?? null,
    async transaction(hash) {
      const encoded = pool.get(hash);
      if (encoded === undefined) return statuses.get(hash) ?? { status: 'unknown' };
      const { transaction } = decode(SignedTransaction, encoded);
      return statuses.get(hash) ?? { status: 'pending', transaction };
    },
    settlement: async (_, epoch) => settlements.get(epoch) ?? null,
    epoch: async number =>
      number <= 7 ? { number, startHeight: number * 10, startTime: 0, endHeight: number * 10 + 9 } : null,
    nextNonce: () => 3,
    query: (consensus, query) =>
      createRunner(node.mechanisms()).query(consensus, query, state, {
        chainId: CHAIN_ID,
        consensus,
        height: last().block.header.height,
        time: last().block.header.time,
        epoch: last().block.header.epoch,
        graceEpochs: genesis.graceEpochs,
      }),
    async submit(encoded) {
      const hash = transactionHash(encoded);
      decode(SignedTransaction, encoded);
      pool.set(hash, encoded);
      return hash;
    },
    async simulate(encoded) {
      decode(SignedTransaction, encoded);
      if (node.nextOutcome instanceof Error) throw node.nextOutcome;
      return node.nextOutcome;
    },
    peers: () => [
      {
        id: 'peer-1',
        address: '/ip4/127.0.0.1/tcp/1',
        direction: 'inbound',
        latency: 0.5,
        score: 99.5,
        droppedSlow: 1,
        droppedOverRate: 2,
      },
    ],
    configuredPeers: 1,
    bans: () => [{ id: 'peer-2', reason: 'a bad message on transactions', until: 1_700_000_060_000 }],
    refusals: () => (ready ? [] : [{ id: 'peer-3', reason: 'chain b, this node is on a' }]),
    ordering: () => ({ height: last().block.header.height + 1, round: 0, step: 'propose' }),
    sync: () => null,
    ready: () => ready,
    plugins: () => ({
      loaded: node.loaded,
      list: () => FAKE_PLUGINS,
      reload: async () => FAKE_PLUGINS,
      release: async name => {
        throw new HostError('UNKNOWN_PLUGIN', `no service ${name} is here`);
      },
    }),
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dev: devnet ? fakeDev(devCalls) : null,
    pool,
    statuses,
    settlements,
    devCalls,
    loaded: createLoaded(),
    nextOutcome: OK,
    publish(transactions = [], outcome = {}) {
      const { hash, block } = last();
      const made = makeBlock(state, block.header.height + 1, hash, transactions, { ...OK, ...outcome });
      blocks.push(made);
      for (const [index, each] of made.transactionHashes.entries()) {
        pool.delete(each);
        statuses.set(each, {
          status: 'final',
          height: made.block.header.height,
          index,
          outcome: { ...OK, ...outcome },
        });
      }
      for (const listener of listeners) listener(made);
      return made;
    },
  };
  return node;
}

/** Of three parts, and of no chain. */
export const fakeDump = encodeDump(
  { chainId: 'far-away', height: 77, blockHash: `0x${'77'.repeat(32)}`, time: 1_000 },
  [{ key: Uint8Array.of(0xff), value: new Uint8Array(2 * LIMITS.loadPart) }],
);

const fakeDev = (calls: string[]): DevApi => ({
  async mine(blocks) {
    calls.push(`mine ${blocks}`);
    return 1 + blocks;
  },
  async advanceEpoch(epochs) {
    calls.push(`advanceEpoch ${epochs}`);
    return 5 + epochs;
  },
  async increaseTime(ms) {
    calls.push(`increaseTime ${ms}`);
    return { time: 1_000 + ms, ahead: ms };
  },
  async snapshot(name = 'snapshot-1') {
    calls.push(`snapshot ${name}`);
    return { name, height: 1 };
  },
  async revert(name) {
    calls.push(`revert ${name}`);
    return { height: 2, to: 1 };
  },
  dump: () => fakeDump,
  async load(file) {
    const { hash: dump, header } = decodeDump(file);
    calls.push(`load ${dump}`);
    return { height: 3, dump, from: { chainId: header.chainId, height: header.height } };
  },
  async impersonate(account, { kind }) {
    calls.push(`impersonate ${account} ${kind}`);
    return `0x${'00'.repeat(32)}`;
  },
  async setBalance(account, free) {
    calls.push(`setBalance ${account} ${free}`);
  },
  async mint(account, amount) {
    calls.push(`mint ${account} ${amount}`);
  },
  async installConsensus({ id, name, version }) {
    calls.push(`installConsensus ${id} ${name}@${version}`);
  },
  async cancelConsensus(id) {
    calls.push(`cancelConsensus ${id}`);
  },
  blockMode: () => ({ kind: 'auto', emptyMs: 2_000 }),
  async setBlockMode(mode) {
    calls.push(`setBlockMode ${mode.kind}`);
  },
  setFaults(rules) {
    calls.push(`setFaults ${JSON.stringify(rules)}`);
  },
  faults: () => ({
    rules: { seed: 1, peers: {} },
    counters: { delayed: 1, lost: 2, cut: 3, refused: 4 },
  }),
});

const validatorSet: ValidatorSet = validators
  .map(({ account }) => ({ validator: account, power: 10 }))
  .sort((a, b) => (a.validator < b.validator ? -1 : 1));

const genesis: Genesis = {
  chainId: CHAIN_ID,
  time: 0,
  epochLength: 10,
  graceEpochs: 2,
  unstakeEpochs: 2,
  slashBps: 500,
  feePerWeight: 10n,
  maxBlockWeight: 1_000_000,
  maxBlockBytes: 1_000_000,
  accounts: [],
  validators: [],
  consensus: [],
  devAuthority: null,
  devnet: true,
  governance: DEFAULT_RULES,
};

/** Epoch 5; module 1 (alice, router) -> module 2 (bob, replica) active, 1 -> 3 (charlie) proposed. */
function handMadeState(): State {
  const draft = new Draft(State.empty);
  const { maxBlockWeight, maxBlockBytes, graceEpochs, unstakeEpochs, slashBps, feePerWeight } = genesis;
  tables.parameters.put(draft, {
    chainId: CHAIN_ID,
    graceEpochs,
    unstakeEpochs,
    slashBps,
    feePerWeight,
    maxBlockWeight,
    maxBlockBytes,
    devAuthority: null,
    devnet: true,
    governance: genesis.governance,
  });
  tables.epochs.put(draft, { number: 5, startHeight: 50, startTime: 5_000, length: 10, endsNow: false });
  for (const ahead of [0, 1, 2]) tables.validatorSets.put(draft, validatorSet, ahead);
  tables.accounts.put(draft, { nonce: 2, free: 1_000_000_000n }, alice.account);
  for (const [index, key] of [alice, bob, charlie].entries()) putModule(draft, index + 1, key);
  const terms = {
    parent: 1,
    child: 2,
    kind: 'replica',
    shareBps: 4_000,
    alias: 'first',
    metadata: { kind: 'inline', data: new Uint8Array() },
  } as const;
  tables.links.put(draft, { terms, fromEpoch: 3, untilEpoch: null }, 1, 2);
  tables.linksByChild.put(draft, true, 2, 1);
  const proposal = {
    terms: { ...terms, child: 3, alias: 'second' },
    proposer: 'parent',
    expires: 9,
  } as const;
  tables.proposals.put(draft, proposal, 1, 3);
  tables.proposalsByChild.put(draft, true, 3, 1);
  tables.reserves.put(draft, { amount: 700n, thawing: 300n, thawEpoch: 9 }, 0, alice.account, bob.account);
  tables.reservesByServer.put(draft, true, 0, bob.account, alice.account);
  const target = tables.targetKey({ kind: 'validator', validator: validators[0]?.account ?? ZERO_HASH });
  const stake = { amount: 50n, thawing: [{ amount: 5n, epoch: 8 }] };
  tables.stakes.put(draft, stake, ...target, alice.account);
  tables.stakesByStaker.put(draft, true, alice.account, ...target);
  tables.consensusEntries.put(
    draft,
    {
      id: 0,
      name: consensus0.info.name,
      version: consensus0.info.version,
      stateVersion: 1,
      codeHash: ZERO_HASH,
      activationEpoch: 0,
      capabilities: consensus0.info.requires,
      mintCap: 0n,
      mintedThisEpoch: 0n,
      bond: 0n,
      pot: 0n,
      closing: [],
    },
    0,
  );
  return State.empty.with(draft.changes());
}

function putModule(draft: Draft, id: number, key: KeyPair): void {
  const alias = `module-${id}`;
  tables.modules.put(
    draft,
    {
      id,
      account: key.account,
      alias,
      url: 'http://127.0.0.1:9000',
      bindings: [{ fromEpoch: 0, consensus: 0 }],
      prices: [
        { fromEpoch: 0, prices: [{ fn: 'echo', price: 5n }] },
        { fromEpoch: 6, prices: [{ fn: 'echo', price: 7n }] },
      ],
      metadata: { kind: 'inline', data: new Uint8Array([1, 2]) },
      maxLinks: 8,
      registeredEpoch: 0,
      retiredEpoch: null,
    },
    id,
  );
  tables.moduleAliases.put(draft, id, alias);
  tables.moduleAccounts.put(draft, id, key.account);
}

function makeBlock(
  state: State,
  height: number,
  parentHash: Hex,
  transactions: readonly Uint8Array[],
  outcome: Outcome,
): StoredBlock {
  const outcomes = { system: [], events: [], transactions: transactions.map(() => outcome) };
  const header: Header = {
    version: 1,
    chainId: CHAIN_ID,
    height,
    time: height * 1_000,
    epoch: 5,
    parentHash,
    proposer: validatorSet[0]?.validator ?? ZERO_HASH,
    transactionsRoot: ZERO_HASH,
    evidenceRoot: ZERO_HASH,
    stateRoot: state.root,
    eventsRoot: hashOf(BlockOutcomes, outcomes),
    lastCommitHash: ZERO_HASH,
    validatorsHash: hashOf(ValidatorSet, validatorSet),
    nextValidatorsHash: hashOf(ValidatorSet, validatorSet),
  };
  const hash = hashOf(Header, header);
  return {
    hash,
    block: { header, transactions, evidence: [], lastCommit: null },
    // Four signatures take milliseconds; few tests look at them.
    get commit() {
      return commitOf(height, hash);
    },
    outcomes,
    transactionHashes: transactions.map(transactionHash),
  };
}

function commitOf(height: number, hash: Hex): Commit {
  const body = encode(VoteBody, { chainId: CHAIN_ID, kind: 'precommit', height, round: 0, blockHash: hash });
  const signatures = validators
    .map(key => ({ validator: key.account, signature: key.sign(signingBytes('vote', body)) }))
    .sort((a, b) => (a.validator < b.validator ? -1 : 1));
  return { height, round: 0, blockHash: hash, signatures };
}

/** A signed transfer of alice, different for each nonce. */
export const transferBytes = (nonce: number, from: KeyPair = alice): Uint8Array =>
  transactionBytes(nonce, { kind: 'transfer', to: bob.account, amount: 5n }, from);

export function transactionBytes(nonce: number, call: KernelCall, from: KeyPair = alice): Uint8Array {
  const transaction = {
    chainId: CHAIN_ID,
    sender: from.account,
    nonce,
    feeLimit: 1_000n,
    expiry: null,
    call,
  } as const;
  return encode(SignedTransaction, { transaction, signature: new Uint8Array(65).fill(1) });
}

export const transferHex = (nonce: number): Hex => toHex(transferBytes(nonce));
export const bytesOf = (hex: Hex): Uint8Array => fromHex(hex);
