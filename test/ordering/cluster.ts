/** Real engines in one process, over a transport that can be cut, with records and blocks that survive a restart. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Evidence, KeyPair, ValidatorSet } from '../../chain/index.ts';
import { type Account, fromHex } from '../../consensus/interface/index.ts';
import {
  type BlockMode,
  type BulkVerifier,
  type Clock,
  createEngine,
  type EngineOptions,
  type Log,
  type OrderingEngine,
  type RecordStore,
  type Timeouts,
} from '../../node/ordering/index.ts';
import { fastSigner } from '../support/fastSigner.ts';
import {
  CHAIN_ID,
  type Committed,
  createTestApplication,
  type TestApplication,
  type TestApplicationOptions,
} from './application.ts';

export const TIMEOUTS: Timeouts = {
  propose: 300,
  prevote: 100,
  precommit: 100,
  growth: 50,
  cap: 1000,
  retransmit: 50,
};

export const realClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

const keyObjects = new Map<Account, KeyObject>();

/** OpenSSL's ed25519: fast enough that tests need no threads. */
export const testVerifier: BulkVerifier = {
  async verify(checks) {
    return checks.map(({ account, signature, message }) => {
      let key = keyObjects.get(account);
      if (key === undefined) {
        const x = Buffer.from(fromHex(account)).toString('base64url');
        key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
        keyObjects.set(account, key);
      }
      return verify(null, message, key, signature.subarray(1));
    });
  },
};

/** Validators with these powers, ascending by account as the format asks, and their keys in that order. */
export function testValidators(powers: readonly number[]): {
  validators: ValidatorSet;
  keys: readonly KeyPair[];
} {
  const keys = powers.map((_, index) => fastSigner(`validator ${index}`));
  keys.sort((left, right) => (left.account < right.account ? -1 : 1));
  const validators = keys.map(({ account }, index) => ({ validator: account, power: powers[index] ?? 1 }));
  return { validators, keys };
}

export function memoryRecords(): RecordStore & { raw: Uint8Array | null; saves: number } {
  return {
    raw: null,
    saves: 0,
    async load() {
      return this.raw;
    },
    async save(record) {
      await new Promise<void>(resolve => setImmediate(resolve));
      this.raw = record;
      this.saves++;
    },
  };
}

export interface TestNode {
  readonly index: number;
  readonly id: string;
  readonly key: KeyPair;
  readonly records: ReturnType<typeof memoryRecords>;
  readonly chain: Committed[];
  readonly penalties: { readonly peer: string; readonly points: number; readonly reason: string }[];
  readonly behind: number[];
  readonly evidence: Evidence[];
  readonly fatal: Error[];
  application: TestApplication;
  engine: OrderingEngine;
  online: boolean;
}

export interface TestCluster {
  readonly nodes: readonly TestNode[];
  readonly validators: ValidatorSet;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends the process of a node as a crash would: what it had not stored is gone. Then starts it again. */
  restart(index: number): Promise<void>;
  crash(index: number): Promise<void>;
  /** Nodes of different groups do not hear each other; without groups all do. */
  partition(...groups: readonly (readonly number[])[]): void;
  /** Resolves when these nodes (all unless told) have committed a height. */
  reached(height: number, nodes?: readonly number[]): Promise<void>;
  /** Looks at, or swallows, each message on its way. */
  filter: (from: number, to: number, message: Uint8Array) => boolean;
}

export interface TestClusterOptions {
  readonly powers?: readonly number[];
  /** Nodes beyond the validators, which only follow. */
  readonly followers?: number;
  readonly mode?: BlockMode;
  readonly judge?: TestApplicationOptions['judge'];
  readonly options?: Partial<EngineOptions>;
}

export function createCluster(setup: TestClusterOptions = {}): TestCluster {
  const { powers = [1, 1, 1, 1], followers = 0, mode = { kind: 'manual' }, judge, options } = setup;
  const { validators, keys } = testValidators(powers);
  const others = Array.from({ length: followers }, (_, index) => fastSigner(`follower ${index}`));
  let groupOf = new Map<number, number>();
  const waiting = new Set<() => void>();

  const cluster: TestCluster = {
    validators,
    nodes: [...keys, ...others].map((key, index) => createNode(key, index)),
    filter: () => true,
    async start() {
      await Promise.all(cluster.nodes.map(node => node.engine.start()));
    },
    async stop() {
      for (const node of cluster.nodes) node.online = false;
      await Promise.all(cluster.nodes.map(node => node.engine.stop()));
    },
    async crash(index) {
      const node = nodeAt(index);
      node.online = false;
      await node.engine.stop();
    },
    async restart(index) {
      await cluster.crash(index);
      const node = nodeAt(index);
      boot(node);
      node.online = true;
      await node.engine.start();
    },
    partition(...groups) {
      groupOf = new Map(groups.flatMap((members, group) => members.map(member => [member, group] as const)));
    },
    reached(height, nodes = cluster.nodes.map(({ index }) => index)) {
      return new Promise(resolve => {
        const look = (): void => {
          if (!nodes.every(index => nodeAt(index).chain.length >= height)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
  };

  function nodeAt(index: number): TestNode {
    const node = cluster.nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  function createNode(key: KeyPair, index: number): TestNode {
    const node = {
      index,
      id: `node-${index}`,
      key,
      records: memoryRecords(),
      chain: [],
      penalties: [],
      behind: [],
      evidence: [],
      fatal: [],
      online: true,
    } as Omit<TestNode, 'application' | 'engine'> as TestNode;
    boot(node);
    return node;
  }

  function boot(node: TestNode): void {
    const application = createTestApplication({
      validators: () => validators,
      chain: node.chain,
      ...(judge === undefined ? {} : { judge }),
    });
    application.onCommit(() => {
      for (const look of waiting) look();
    });
    node.application = application;
    node.engine = createEngine(powers.length === 1 && node.index === 0 ? 'instant' : 'tendermint', {
      chainId: CHAIN_ID,
      application,
      transport: {
        broadcast: message => {
          for (const to of cluster.nodes) deliver(node, to, message);
        },
        send: (peer, message) => {
          const to = cluster.nodes.find(({ id }) => id === peer);
          if (to !== undefined) deliver(node, to, message);
        },
        penalise: (peer, points, reason) => node.penalties.push({ peer, points, reason }),
      },
      records: node.records,
      signer: node.index < validators.length ? { validator: node.key.account, sign: node.key.sign } : null,
      verifier: testVerifier,
      clock: realClock,
      mode,
      hasWork: () => application.pool.length > 0,
      onBehind: (_peer, height) => node.behind.push(height),
      onEvidence: evidence => node.evidence.push(evidence),
      decided: async height => node.chain[height - 1] ?? null,
      onFatal: error => node.fatal.push(error),
      timeouts: TIMEOUTS,
      followMining: true,
      log: silentLog,
      ...options,
    });
  }

  function deliver(from: TestNode, to: TestNode, message: Uint8Array): void {
    if (from === to || !isConnected(from, to) || !cluster.filter(from.index, to.index, message)) return;
    const { engine } = to;
    setImmediate(() => {
      if (to.online && to.engine === engine && isConnected(from, to)) engine.receive(from.id, message);
    });
  }

  const isConnected = (from: TestNode, to: TestNode): boolean =>
    from.online && to.online && groupOf.get(from.index) === groupOf.get(to.index);

  return cluster;
}
