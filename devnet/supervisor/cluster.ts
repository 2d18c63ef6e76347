/** The processes of one devnet: its nodes and the gateway, from start to end. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { toAddress } from '../../chain/index.ts';
import type { Account } from '../../consensus/interface/index.ts';
import { createClient } from '../../node/client/index.ts';
import type { FaultsReport, NodeStatus } from '../../node/client/wireCluster.ts';
import type { NodeOptions } from '../../node/options.ts';
import { PASS_HEADER } from '../../node/rpc/admission.ts';
import { RpcFault } from '../../node/rpc/errors.ts';
import type { Settings } from '../config/settings.ts';
import { devAccount, people, validatorPath } from '../people.ts';
import { trustedKeys } from '../plugins/trusted.ts';
import { bond } from './bond.ts';
import { type ChainFile, writeChainFile } from './chainFile.ts';
import type { Control } from './control.ts';
import { FaultControl } from './faultControl.ts';
import {
  groupSize,
  mustExist,
  onSmallerSide,
  withLatency,
  withLoss,
  withNode,
  withPartition,
} from './faults.ts';
import { type Backend, type Gateway, startGateway } from './gateway.ts';
import { Keeper, type KeeperEvent } from './keeper.ts';
import { isValidator, nodeDirectory, nodeOptions } from './nodeOptions.ts';
import { chooseNodePorts, choosePorts, type Ports, reachable } from './ports.ts';
import { type ClusterReadiness, clusterReadiness, withReadyDeadline } from './readiness.ts';
import { type RunFile, removeRunFile, writeRunFile } from './runFile.ts';

export interface ClusterOptions {
  readonly settings: Settings;
  readonly chain: ChainFile;
  readonly logLevel: NodeOptions['logLevel'];
  readonly onEvent: (event: KeeperEvent) => void;
  /** Resolves when somebody no longer wants the cluster. */
  readonly ending: Promise<unknown>;
  /** Done with its RPC when it is ready, before anybody is told so. */
  readonly prepare?: ((url: string) => Promise<unknown>) | undefined;
}

/**
 * Starts everything and resolves when the cluster is ready, or with null if it was to end before that. Without a cluster
 * nothing keeps running.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster | null> {
  const { settings, chain } = options;
  const [ports, trusted] = await Promise.all([
    choosePorts(settings.port, settings.host, chain.nodes + chain.added.length),
    trustedKeys(settings.dir, ''),
  ]);
  const cluster = new Cluster({ ...options, trusted: [...trusted] }, ports);
  try {
    const wanted = await withReadyDeadline(
      Promise.race([cluster.start().then(() => true), options.ending.then(() => false)]),
      async () => (await cluster.readiness()).reasons,
    );
    const prepare = wanted ? options.prepare?.(cluster.run.rpc).then(() => true) : wanted;
    if (await Promise.race([prepare ?? true, options.ending.then(() => false)])) {
      cluster.open();
      return cluster;
    }
    await cluster.stop();
    return null;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

interface Trusting extends ClusterOptions {
  /** Whose signatures under plugins count: those who have a key in the directory. */
  readonly trusted: readonly Account[];
}

export class Cluster {
  readonly #options: Trusting;
  readonly #keepers: Keeper[] = [];
  readonly #faults: FaultControl;
  /** The supervisor speaks to its nodes for everybody: what one address may ask is counted at the gateway. */
  readonly #pass = randomBytes(16).toString('hex');
  #chain: ChainFile;
  #ports: Ports;
  #gateway: Gateway | null = null;
  #state: 'starting' | 'running' | 'ending' = 'starting';
  #adding: Promise<unknown> = Promise.resolve();

  constructor(options: Trusting, ports: Ports) {
    this.#options = options;
    this.#chain = options.chain;
    this.#ports = ports;
    this.#faults = new FaultControl(this.#keepers, options.settings.host, (url, init) =>
      fetch(url, { ...init, headers: { ...init?.headers, [PASS_HEADER]: this.#pass } }),
    );
  }

  get run(): RunFile {
    return runFile(this.#options.settings, this.#chain, this.#ports, this.#keepers);
  }

  async start(): Promise<void> {
    const { host } = this.#options.settings;
    for (const _ of this.#ports.rpc) this.#launch();
    this.#gateway = await startGateway({
      host,
      port: this.#ports.gateway,
      backends: () => this.#backends(),
      readiness: () => this.readiness(),
      control: this.#control,
      rateLimit: this.#options.settings['rpc-rate-limit'],
      pass: this.#pass,
    });
    if (!this.#isWanted()) await this.#gateway.close();
    await Promise.all(this.#keepers.map(({ joined }) => joined));
  }

  /** It is ready, and everybody may know: from now on nodes that end are started again. */
  open(): void {
    if (!this.#isWanted()) return;
    this.#state = 'running';
    for (const keeper of this.#keepers) keeper.supervise();
    this.#writeRunFile();
  }

  /** Ends all processes within the deadline. */
  async stop(): Promise<void> {
    this.#state = 'ending';
    removeRunFile(this.#options.settings.dir);
    await Promise.all([this.#gateway?.close(), ...this.#keepers.map(keeper => keeper.stop())]);
  }

  readiness(): Promise<ClusterReadiness> {
    return clusterReadiness(this.#keepers, this.#options.settings.host);
  }

  // A method of its own because the compiler does not see that the state changes during an await.
  #isWanted(): boolean {
    return this.#state !== 'ending';
  }

  #launch(): Keeper {
    const { settings, logLevel, trusted } = this.#options;
    const index = this.#keepers.length;
    const keeper = new Keeper({
      index,
      directory: nodeDirectory(settings, index),
      host: settings.host,
      options: () =>
        nodeOptions({
          settings,
          chain: this.#chain,
          logLevel,
          ports: this.#ports,
          index,
          faults: this.#faults.rulesAtStart(index),
          together: this.#state === 'starting',
          trusted,
          pass: this.#pass,
        }),
      onEvent: event => this.#onEvent(event),
    });
    this.#keepers.push(keeper);
    return keeper;
  }

  #onEvent(event: KeeperEvent): void {
    if (event.kind === 'node-away') this.#gateway?.release(event.index);
    if (event.kind === 'node-ready' && this.#state === 'running') {
      this.#refreshRunFile(event.index);
      void this.#faults.refresh().then(untold => untold.forEach(this.#options.onEvent));
    }
    this.#options.onEvent(event);
  }

  /** A disk that is full is no reason to end what runs. */
  #refreshRunFile(index: number): void {
    try {
      this.#writeRunFile();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onEvent({ kind: 'run-file-old', index, reason });
    }
  }

  #writeRunFile(): void {
    writeRunFile(this.#options.settings.dir, this.run);
  }

  /** Those on the larger side of a partition first, and of these the one that has answered longest: it knows most. */
  #backends(): Backend[] {
    const size = ({ index }: Keeper): number => groupSize(this.#faults.faults, index, this.#keepers.length);
    return this.#keepers
      .filter(({ state }) => state === 'running')
      .sort((a, b) => size(b) - size(a) || a.answersSince - b.answersSince)
      .flatMap(({ index, message }) => (message === null ? [] : [{ index, port: message.rpcPort }]));
  }

  #keeper(index: number): Keeper {
    mustExist(index, this.#keepers.length);
    const keeper = this.#keepers[index];
    if (keeper === undefined) throw new Error(`node ${index} has no keeper`);
    return keeper;
  }

  readonly #control: Control = {
    accounts: () => accountsOf(this.#chain).map(({ name, address }) => ({ name, address })),
    list: () => this.#keepers.map(keeper => keeper.status()),
    add: validator => this.#inTurn(() => this.#add(validator)),
    kill: node => this.#keeper(node).kill(),
    pause: node => this.#keeper(node).pause(),
    resume: node => this.#keeper(node).resume(),
    restart: async node => asFault(this.#keeper(node).restart(), node),
    faults: () => this.#faults.report(),
    partition: groups => this.#part(groups),
    latency: change => this.#faults.set(faults => withLatency(faults, change, this.#keepers.length)),
    loss: change => this.#faults.set(faults => withLoss(faults, change, this.#keepers.length)),
    heal: () => this.#faults.set(({ seed }) => ({ seed, groups: [], latency: [], loss: [] })),
  };

  /** Whoever listens through the gateway listens where blocks can go on, and not where they stop. */
  async #part(groups: readonly (readonly number[])[]): Promise<FaultsReport> {
    const nodes = this.#keepers.length;
    const report = await this.#faults.set(faults => withPartition(faults, groups, nodes));
    for (const node of onSmallerSide(this.#faults.faults, nodes)) this.#gateway?.leave(node);
    return report;
  }

  /** One at a time: the next one has to know the ports of the last. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#adding.then(work);
    this.#adding = mine.catch((error: unknown) => error);
    return mine;
  }

  async #add(validator: boolean): Promise<NodeStatus> {
    const { settings } = this.#options;
    if (validator && this.#chain.nodes === 1)
      throw new RpcFault(
        'ONE_VALIDATOR',
        'a chain that began with one validator makes its blocks alone: nobody can vote with it',
      );
    const index = this.#keepers.length;
    const before = { chain: this.#chain, ports: this.#ports };
    const ports = await asFault(chooseNodePorts(settings.port, settings.host, index), index);
    if (!this.#isWanted()) throw new RpcFault('NODE_NOT_RUNNING', 'the devnet is being stopped');
    this.#ports = {
      ...this.#ports,
      rpc: [...this.#ports.rpc, ports.rpc],
      p2p: [...this.#ports.p2p, ports.p2p],
    };
    this.#chain = { ...this.#chain, added: [...this.#chain.added, { validator }] };
    const keeper = this.#launch();
    try {
      await asFault(keeper.ready, index);
    } catch (error) {
      await keeper.stop();
      this.#keepers.pop();
      this.#chain = before.chain;
      this.#ports = before.ports;
      rmSync(nodeDirectory(settings, index), { recursive: true, force: true });
      throw error;
    }
    keeper.supervise();
    writeChainFile(settings.dir, this.#chain);
    this.#writeRunFile();
    await this.#faults.set(faults => withNode(faults, index));
    if (validator) await bond(this.#chain, index, keeper.status().rpc, await this.#height());
    return keeper.status();
  }

  async #height(): Promise<number> {
    const { settings } = this.#options;
    const client = createClient(`http://${reachable(settings.host)}:${this.#ports.gateway}`);
    try {
      return (await client.getHead()).height;
    } finally {
      client.close();
    }
  }
}

/** What a process said before it left, as an answer of the RPC. */
async function asFault<T>(work: Promise<T>, node: number): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RpcFault || !(error instanceof Error)) throw error;
    throw new RpcFault('NODE_FAILED', error.message, {
      fields: { node, reason: error.name },
      cause: error,
      ...('hint' in error && typeof error.hint === 'string' ? { hint: error.hint } : {}),
    });
  }
}

function runFile(settings: Settings, chain: ChainFile, ports: Ports, keepers: readonly Keeper[]): RunFile {
  const origin = `${settings.host}:${ports.gateway}`;
  return {
    chainId: chain.chainId,
    pid: process.pid,
    rpc: `http://${origin}`,
    ws: `ws://${origin}`,
    dashboard: `http://${origin}`,
    nodes: keepers.map(keeper => {
      const { index, rpc, log } = keeper.status();
      return {
        index,
        pid: keeper.pid,
        rpc,
        peerId: keeper.message?.peerId ?? '',
        validator: isValidator(chain, index)
          ? toAddress(devAccount(chain.phrase, validatorPath(index), 'ed25519'))
          : null,
        log,
      };
    }),
    accounts: accountsOf(chain),
  };
}

const accountsOf = ({ accounts, phrase }: ChainFile): RunFile['accounts'] =>
  people(accounts).map(({ name, path }) => ({
    name,
    address: toAddress(devAccount(phrase, path)),
    uri: `${phrase}${path}`,
  }));
