/** Nodes in this process, on a network in memory. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_RULES,
  Genesis,
  invariants,
  type KernelCall,
  type KeyPair,
  keyPairFromUri,
  SignedTransaction,
  signingBytes,
  TOKEN,
  Transaction,
} from '../../../chain/index.ts';
import { builtinGenesis } from '../../../consensus/index.ts';
import { encode, toHex } from '../../../consensus/interface/index.ts';
import type { StoredBlock } from '../../../node/api.ts';
import { type Node, type Surroundings, startNode } from '../../../node/node.ts';
import type { NodeOptions } from '../../../node/options.ts';
import type { Log } from '../../../node/ordering/types.ts';
import type { Runner } from '../../../node/plugins/runner.ts';
import { MemoryHub } from '../../../p2p/memory.ts';
import { silentLog } from './log.ts';

export const AUTHORITY = '//Authority';
export const alice = keyPairFromUri('//Alice');
export const bob = keyPairFromUri('//Bob');

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
export const validatorUri = (index: number): string => `//Validator//${index}`;

export interface TestChain {
  readonly validators?: number;
  readonly epochLength?: number;
  readonly accounts?: readonly KeyPair[];
  /** Consensus modules besides those that every node brings along. */
  readonly consensus?: Genesis['consensus'];
}

export function testGenesis({
  validators = 1,
  epochLength = 20,
  accounts = [],
  consensus = [],
}: TestChain = {}): Genesis {
  const funded = [alice, bob, keyPairFromUri(AUTHORITY), ...accounts];
  return {
    chainId: 'test-chain',
    time: 1_700_000_000_000,
    epochLength,
    graceEpochs: 2,
    unstakeEpochs: 2,
    slashBps: 500,
    feePerWeight: 1n,
    maxBlockWeight: 20_000_000,
    maxBlockBytes: 4 * 1024 * 1024 - 64 * 1024,
    accounts: funded
      .map(({ account }) => ({ account, free: 1000n * TOKEN }))
      .sort((a, b) => byText(a.account, b.account)),
    validators: Array.from({ length: validators }, (_, index) => ({
      validator: keyPairFromUri(validatorUri(index), 'ed25519').account,
      stake: 100n * TOKEN,
    })).sort((a, b) => byText(a.validator, b.validator)),
    consensus: [...builtinGenesis(), ...consensus],
    devAuthority: keyPairFromUri(AUTHORITY).account,
    devnet: true,
    governance: DEFAULT_RULES,
  };
}

const allowed = (directory: string): NonNullable<NodeOptions['plugins']> => ({
  directory,
  trusted: [],
  unsigned: 'allow',
  settings: {},
});

/** A directory that is removed when the test is over. */
export async function withDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'devnet-test-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export interface Cluster {
  readonly hub: MemoryHub;
  readonly genesis: Genesis;
  /** Starts node `index`, or starts it again. Those that are not validators follow. */
  start(index: number): Promise<Node>;
  stop(index: number): Promise<void>;
  /** All that run. */
  nodes(): Node[];
  node(index: number): Node;
}

export interface ClusterOptions extends TestChain {
  /** Nodes with a validator's key, in the genesis or not; default: as many as there are validators. */
  readonly keys?: number;
  /** Nodes that run with the key of another node's validator. */
  readonly twins?: Readonly<Record<number, number>>;
  readonly blockMode?: NodeOptions['blockMode'];
  /** Nodes whose consensus-0 runs in a process of its own. */
  readonly isolated?: readonly number[];
  /** How every node runs its other consensus modules. */
  readonly runners?: NodeOptions['consensus'];
  readonly sync?: NodeOptions['sync'];
  /** What the genesis says besides. */
  readonly genesis?: Partial<Genesis>;
  /** The consensus modules of a node, instead of those of its options. */
  readonly runner?: (index: number) => Runner;
  readonly onFatal?: (index: number, error: Error) => void;
  readonly plugins?: NodeOptions['plugins'];
  /** Plugins directories of single nodes; all plugins there are allowed. */
  readonly pluginsIn?: (index: number) => string;
  /** What the host of plugins does otherwise than usual, and where its log goes. */
  readonly hosting?: Surroundings['plugins'];
  readonly log?: Log;
}

/** Gives a test a directory and a network; stops what it left running. */
export function withCluster(
  {
    blockMode = { kind: 'auto', emptyMs: 100 },
    twins = {},
    keys,
    isolated = [],
    runners = [],
    sync,
    genesis: changes = {},
    runner,
    onFatal,
    plugins,
    pluginsIn,
    hosting,
    log = silentLog,
    ...chain
  }: ClusterOptions,
  run: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  return withDirectory(async directory => {
    const hub = new MemoryHub();
    const genesis = { ...testGenesis(chain), ...changes };
    const running = new Map<number, Node>();
    const count = Math.max(chain.validators ?? 1, 1);
    const validatorOf = (index: number): string | null =>
      index < (keys ?? count) ? validatorUri(index) : null;
    const cluster: Cluster = {
      hub,
      genesis,
      async start(index) {
        const id = `node-${index}`;
        const options: NodeOptions = {
          name: id,
          dir: join(directory, id),
          genesis: toHex(encode(Genesis, genesis)),
          validator: validatorOf(twins[index] ?? index),
          devAuthority: AUTHORITY,
          p2p: {
            seed: `0x${'00'.repeat(32)}`,
            host: '127.0.0.1',
            port: 0,
            peers: Array.from({ length: count }, (_, peer) => peer)
              .filter(peer => peer !== index)
              .map(peer => hub.addressOf(`node-${peer}`)),
          },
          rpc: { host: '127.0.0.1', port: 0 },
          blockMode,
          logLevel: 'silent',
          verifyThreads: 0,
          consensus: [
            ...(isolated.includes(index) ? [{ id: 0, runner: 'process' as const }] : []),
            ...runners,
          ],
          sync,
          plugins: pluginsIn === undefined ? plugins : allowed(pluginsIn(index)),
        };
        const node = await startNode(options, {
          network: handshake => hub.network(id, { handshake }),
          ...(runner === undefined ? {} : { runner: runner(index) }),
          onFatal: error => onFatal?.(index, error),
          log: { ...log, end: async () => undefined },
          ...(hosting === undefined ? {} : { plugins: hosting }),
        });
        running.set(index, node);
        return node;
      },
      async stop(index) {
        await running.get(index)?.stop();
        running.delete(index);
      },
      nodes: () => [...running.values()],
      node(index) {
        const node = running.get(index);
        if (node === undefined) throw new Error(`node ${index} does not run`);
        return node;
      },
    };
    try {
      await run(cluster);
    } finally {
      await Promise.all([...running.values()].map(node => node.stop()));
    }
  });
}

export function signed(
  key: KeyPair,
  nonce: number,
  call: KernelCall,
  feeLimit = TOKEN,
  expiry: number | null = null,
) {
  const transaction: Transaction = {
    chainId: 'test-chain',
    sender: key.account,
    nonce,
    feeLimit,
    expiry,
    call,
  };
  const signature = key.sign(signingBytes('transaction', encode(Transaction, transaction)));
  return encode(SignedTransaction, { transaction, signature });
}

export const transfer = (to: KeyPair, amount = 1n): KernelCall => ({
  kind: 'transfer',
  to: to.account,
  amount,
});

/** Resolves with the first committed block, from the last one on, that passes the test. */
export function blockWhere(node: Node, test: (height: number) => boolean): Promise<number> {
  const { height } = node.head().header;
  if (test(height)) return Promise.resolve(height);
  return new Promise(resolve => {
    const stop = node.onBlock(({ block }: StoredBlock) => {
      if (!test(block.header.height)) return;
      stop();
      resolve(block.header.height);
    });
  });
}

export const untilHeight = (node: Node, wanted: number): Promise<number> =>
  blockWhere(node, height => height >= wanted);

/** Resolves when the transaction is in a block of this node. */
export async function untilFinal(node: Node, hash: `0x${string}`) {
  for (;;) {
    const status = await node.transaction(hash);
    if (status.status === 'final' || status.status === 'dropped') return status;
    const { height } = node.head().header;
    const again = await node.transaction(hash);
    if (again.status === status.status) await untilHeight(node, height + 1);
  }
}

/** All nodes show the same block and the same state at every height that all have. */
export async function assertSame(nodes: readonly Node[]): Promise<void> {
  const common = Math.min(...nodes.map(node => node.head().header.height));
  for (let height = 1; height <= common; height++) {
    const stored = await Promise.all(nodes.map(node => node.block(height)));
    for (const block of stored) {
      assert.equal(block?.hash, stored[0]?.hash, `block ${height}`);
      assert.deepEqual(block?.outcomes, stored[0]?.outcomes);
    }
  }
  for (const node of nodes) {
    assert.equal(node.state().root, node.head().header.stateRoot);
    assert.deepEqual(invariants(node.state()), []);
  }
}
