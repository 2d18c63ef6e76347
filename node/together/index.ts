/**
 * Nodes of one chain in one process, on a network in memory: for tests of programs that talk to a chain. Each is a whole
 * node with its own RPC, pool and store. They differ from a devnet's in three things: nothing goes over TCP between them,
 * a signature is verified once for all of them, and nothing waits for the disk: they survive a restart, not the process.
 */
import { join } from 'node:path';
import { Genesis, type Mechanisms } from '../../chain/index.ts';
import { type Check, encode, toHex } from '../../consensus/interface/index.ts';
import { MemoryHub } from '../../p2p/memory.ts';
import { createLog, type NodeLog } from '../log.ts';
import { type Node, startNode } from '../node.ts';
import type { NodeOptions } from '../options.ts';
import type { RecordStore, Urgency } from '../ordering/types.ts';
import { createRunner } from '../plugins/runner.ts';
import { Recent } from '../recent.ts';
import { type Rpc, startRpc } from '../rpc/index.ts';
import { keyOf } from '../verify/cache.ts';
import { createVerifier, type Verifier } from '../verify/verifier.ts';

export type { DevApi } from '../api.ts';
export { DevRefused } from '../dev.ts';
export type { Node } from '../node.ts';

/** More than one block and its votes: what the first node verified, the others remember. */
const CACHED_SIGNATURES = 20_000;
/** Of the network's identities. None is secret, and in memory nobody asks for it. */
const NO_SEED = `0x${'00'.repeat(32)}`;
const HOST = '127.0.0.1';

export interface TogetherOptions {
  /** Each node has its store and its log below it. */
  readonly directory: string;
  readonly genesis: Genesis;
  /** Code of the genesis' consensus modules, by id. It runs in this process. */
  readonly mechanisms: Mechanisms;
  /** Secret URIs of the validators' ed25519 keys: as many nodes. */
  readonly validators: readonly string[];
  /** Secret URI. */
  readonly devAuthority: string;
  readonly blockMode: NodeOptions['blockMode'];
  readonly logLevel: NodeOptions['logLevel'];
  /** A node cannot go on: it takes part no more, and has to be stopped. */
  readonly onFatal: (index: number, error: Error) => void;
}

export interface NodeTogether {
  readonly index: number;
  readonly node: Node;
  readonly rpc: Rpc;
  /** Answers nobody any more, and ends. */
  stop(): Promise<void>;
}

/** Starts and stops the nodes of a chain. */
export class Together {
  readonly #options: TogetherOptions;
  readonly #hub = new MemoryHub();
  readonly #verifier: Verifier;
  readonly #ports = new Map<number, number>();
  readonly #records = new Map<number, RecordStore>();

  constructor(options: TogetherOptions) {
    this.#options = options;
    this.#verifier = shared(createVerifier({ workers: 0, log: SILENT }));
  }

  /** Forgets what the validators have signed: the nodes that start next begin another chain. */
  beginAnew(): void {
    this.#records.clear();
  }

  /** How the network calls a node. */
  peerId(index: number): string {
    return nameOf(index);
  }

  logOf(index: number): string {
    return join(this.#options.directory, 'nodes', `${index}`, 'node.log');
  }

  /** Starts a node, or starts it again: with its store, and its RPC on the same port. Throws NodeError, RpcStartError. */
  async start(index: number): Promise<NodeTogether> {
    const options = this.#optionsOf(index);
    const log = createLog(options, this.logOf(index));
    try {
      const node = await this.#startNode(index, options, log);
      const rpc = await this.#serve(node, options, log);
      this.#ports.set(index, rpc.port);
      const stop = async (): Promise<void> => {
        await Promise.all([rpc.close(), node.stop()]);
        await log.end();
      };
      return { index, node, rpc, stop };
    } catch (error) {
      await log.end();
      throw error;
    }
  }

  #startNode(index: number, options: NodeOptions, log: NodeLog): Promise<Node> {
    return startNode(options, {
      network: (handshake, log) => this.#hub.network(options.name, { handshake, log }),
      runner: createRunner(this.#options.mechanisms),
      verifier: this.#verifier,
      records: this.#recordsOf(index),
      isSynced: false,
      log,
      onFatal: error => this.#options.onFatal(index, error),
    });
  }

  async #serve(node: Node, { rpc }: NodeOptions, log: NodeLog): Promise<Rpc> {
    try {
      return await startRpc(node, { ...rpc, log, metrics: node.metrics });
    } catch (error) {
      await node.stop();
      throw error;
    }
  }

  /** They outlive the node: it must not sign twice after a restart either. */
  #recordsOf(index: number): RecordStore {
    const records = this.#records.get(index) ?? inMemory();
    this.#records.set(index, records);
    return records;
  }

  #optionsOf(index: number): NodeOptions {
    const { directory, genesis, validators, devAuthority, blockMode, logLevel } = this.#options;
    return {
      name: nameOf(index),
      dir: join(directory, 'nodes', `${index}`),
      genesis: toHex(encode(Genesis, genesis)),
      validator: validators[index] ?? null,
      devAuthority,
      p2p: {
        seed: NO_SEED,
        host: HOST,
        port: 0,
        peers: validators
          .map((_, node) => node)
          .filter(node => node !== index)
          .map(node => this.#hub.addressOf(nameOf(node))),
      },
      rpc: { host: HOST, port: this.#ports.get(index) ?? 0 },
      blockMode,
      logLevel,
    };
  }
}

const nameOf = (index: number): string => `node-${index}`;

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** One for all nodes, which get a vote at the same time. None may close it: without threads it has nothing to close. */
function shared(verifier: Verifier): Verifier {
  const answers = new Recent<string, Promise<boolean>>(CACHED_SIGNATURES);
  const ask = (check: Check, urgency?: Urgency): Promise<boolean> => {
    const key = keyOf(check);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = verifier.verify([check], urgency).then(([right]) => right === true);
    answers.set(key, answer);
    return answer;
  };
  return {
    verify: (checks, urgency) => Promise.all(checks.map(check => ask(check, urgency))),
    pending: () => verifier.pending(),
    close: async () => undefined,
  };
}

/** What a validator has signed, as long as this process lives. */
function inMemory(): RecordStore {
  let last: Uint8Array | null = null;
  return {
    load: async () => last,
    save: async record => {
      last = record;
    },
  };
}
