/** The nodes behind the chain of a test: what a supervisor does with processes, done with nodes in this one. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterFaults, FaultsReport, NodeState, NodeStatus } from '../../node/client/wireCluster.ts';
import { RpcFault } from '../../node/rpc/index.ts';
import {
  type DevApi,
  DevRefused,
  type NodeTogether,
  Together,
  type TogetherOptions,
} from '../../node/together/index.ts';
import type { Control } from '../supervisor/control.ts';
import {
  groupSize,
  mustExist,
  NO_CLUSTER_FAULTS,
  onSmallerSide,
  rulesOf,
  withLatency,
  withLoss,
  withPartition,
} from '../supervisor/faults.ts';
import { type Gateway, startGateway } from '../supervisor/gateway.ts';
import { NodesBehind } from './errors.ts';

const HOST = '127.0.0.1';
const CLEAN = 'clean';
/** Milliseconds for nodes in one process to find each other and to take over what they missed. */
const SETTLE_MS = 20_000;
/** Between two looks: peers come and go without a word to us. */
const LOOK_MS = 3;

export interface NodesOptions extends Omit<TogetherOptions, 'onFatal'> {
  readonly accounts: Control['accounts'];
}

interface Place {
  running: NodeTogether | null;
  /** The place of its start among all starts. */
  since: number;
  state: NodeState;
  restarts: number;
  ended: string | null;
}

export class Nodes {
  readonly control: Control;
  readonly #options: NodesOptions;
  readonly #together: Together;
  readonly #places: readonly Place[];
  readonly #listeners: ((node: NodeTogether) => void)[] = [];
  #faults: ClusterFaults = NO_CLUSTER_FAULTS;
  #gateway: Gateway | null = null;
  /** Of the chain when it was clean last. */
  #cleanHeight = -1;
  #failure: Error | null = null;
  #starts = 0;

  constructor(options: NodesOptions) {
    this.#options = options;
    this.#together = new Together({ ...options, onFatal: (index, error) => this.#failed(index, error) });
    this.#places = options.validators.map(() => ({
      running: null,
      since: 0,
      state: 'stopped',
      restarts: -1,
      ended: null,
    }));
    this.control = this.#makeControl();
  }

  /** Called with each node that starts, before it is of use. */
  onStart(listener: (node: NodeTogether) => void): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    this.#gateway = await startGateway({
      host: HOST,
      port: 0,
      rateLimit: 0,
      backends: () => this.#lasting().map(({ index, rpc }) => ({ index, port: rpc.port })),
      control: this.control,
      readiness: async () => ({ reasons: this.#missing(), warnings: [] }),
    });
    await this.#startAll();
  }

  async stop(): Promise<void> {
    await this.#gateway?.close();
    await Promise.all(this.#places.map((_, index) => this.#end(index, 'stopped')));
  }

  get url(): string {
    return `http://${HOST}:${this.#gateway?.port ?? 0}`;
  }

  /** Where a node answers. Throws RpcFault UNKNOWN_NODE, NODE_NOT_RUNNING. */
  urlOf(index: number): string {
    const { running, state } = this.#place(index);
    if (running !== null) return running.rpc.url;
    throw new RpcFault('NODE_NOT_RUNNING', `node ${index} is ${state}`);
  }

  /** The powers of a devnet, over all nodes that can be reached: what they have done is known where programs ask. */
  get dev(): DevApi {
    return devOf(this.asked());
  }

  /** The node to which the gateway sends programs. */
  asked(): NodeTogether {
    return this.#first(this.#lasting());
  }

  /** The node that knows most, of those on the larger side of a partition. */
  best(): NodeTogether {
    return this.#first(this.#ranked());
  }

  /** From here on the chain is clean: {@link goBack} leads here. */
  async keepClean(): Promise<void> {
    await devOf(this.best()).snapshot(CLEAN);
    await this.settled();
    this.#cleanHeight = this.#height();
  }

  /** Nothing has happened since it was clean. */
  get isUntouched(): boolean {
    return (
      this.#failure === null &&
      this.#places.every(({ running }) => running !== null) &&
      this.#height() === this.#cleanHeight
    );
  }

  /** All nodes run without faults and have the clean state. False when the chain cannot go back to it. */
  async goBack(): Promise<boolean> {
    if (this.#failure !== null) return false;
    this.#endFaults();
    for (const [index, { running }] of this.#places.entries()) if (running === null) await this.#start(index);
    await this.#endMode();
    this.#discard();
    if (this.#height() !== this.#cleanHeight && !(await this.#revert())) return false;
    await this.settled();
    this.#cleanHeight = this.#height();
    return true;
  }

  /** A chain from its genesis on, behind the same URLs. */
  async renew(): Promise<void> {
    await Promise.all(this.#places.map((_, index) => this.#end(index, 'stopped')));
    await rm(join(this.#options.directory, 'nodes'), { recursive: true, force: true });
    this.#together.beginAnew();
    this.#failure = null;
    this.#endFaults();
    await this.#startAll();
  }

  /** Resolves when all nodes that run are connected, as far as faults let them, and know the same block. */
  async settled(): Promise<void> {
    const deadline = performance.now() + SETTLE_MS;
    for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
      if (this.#failure !== null) throw this.#failure;
      if (performance.now() > deadline) throw new NodesBehind(SETTLE_MS, missing);
      await pause(LOOK_MS);
    }
  }

  async #startAll(): Promise<void> {
    await Promise.all(this.#places.map((_, index) => this.#start(index)));
    await devOf(this.best()).mine(1);
    await this.settled();
  }

  async #start(index: number): Promise<void> {
    const place = this.#place(index);
    place.state = 'starting';
    // Before it runs: of nodes that start together the first one is always the one that programs are sent to.
    place.since = this.#starts++;
    const running = await this.#together.start(index);
    place.running = running;
    place.state = 'running';
    place.restarts++;
    for (const listener of this.#listeners) listener(running);
    this.#tell();
  }

  async #end(index: number, state: NodeState): Promise<void> {
    const place = this.#place(index);
    const { running } = place;
    place.running = null;
    place.state = state;
    if (running === null) return;
    this.#gateway?.release(index);
    await running.stop();
  }

  #failed(index: number, error: Error): void {
    this.#failure = error;
    this.#place(index).ended = error.message;
    // Whoever waits for this chain is told why; what goes wrong at the end of a failed node adds nothing.
    this.#end(index, 'failed').catch((second: unknown) => {
      error.cause ??= second;
    });
  }

  /** The chain has the clean state again, and nothing that waited for a block got into one after it. */
  async #revert(): Promise<boolean> {
    const dev = devOf(this.best());
    try {
      for (;;) {
        const { height } = await dev.revert(CLEAN);
        this.#discard();
        // What comes in between is gone with the next turn, which is one block: it is already in the clean epoch.
        if (await this.#isEmptyAfter(height)) return true;
      }
    } catch (error) {
      if (error instanceof DevRefused) return false;
      throw error;
    }
  }

  async #isEmptyAfter(height: number): Promise<boolean> {
    const { node } = this.best();
    for (let at = node.head().header.height; at > height; at--)
      if (((await node.block(at))?.transactionHashes.length ?? 0) > 0) return false;
    return true;
  }

  /** Of all nodes: one may have been told by itself. */
  async #endMode(): Promise<void> {
    const { blockMode } = this.#options;
    if (this.#ranked().some(one => !isSame(devOf(one).blockMode(), blockMode)))
      await devOf(this.best()).setBlockMode(blockMode);
  }

  #discard(): void {
    for (const { running } of this.#places) running?.node.discardPending();
  }

  #endFaults(): void {
    this.#faults = NO_CLUSTER_FAULTS;
    this.#tell();
    for (const injector of [this.#gateway?.injector, ...this.#ranked().map(({ rpc }) => rpc.injector)])
      if (injector?.isActive() === true) injector.set({});
  }

  #tell(): void {
    const peerIds = this.#places.map((_, index) => this.#together.peerId(index));
    for (const [index, { running }] of this.#places.entries())
      if (running !== null) devOf(running).setFaults(rulesOf(this.#faults, index, peerIds));
  }

  #first([node]: readonly NodeTogether[]): NodeTogether {
    if (node !== undefined) return node;
    throw this.#failure ?? new RpcFault('NO_NODE', 'no node of this chain runs');
  }

  /** Those on the larger side of a partition first, and of these the one that has answered longest: what took a transaction knows it. */
  #lasting(): NodeTogether[] {
    return this.#running((a, b) => this.#place(a.index).since - this.#place(b.index).since);
  }

  /** The same, and of these the one that is furthest. */
  #ranked(): NodeTogether[] {
    return this.#running((a, b) => heightOf(b) - heightOf(a));
  }

  #running(compare: (a: NodeTogether, b: NodeTogether) => number): NodeTogether[] {
    const size = (index: number): number => groupSize(this.#faults, index, this.#places.length);
    return this.#places
      .flatMap(({ running }) => (running === null ? [] : [running]))
      .sort((a, b) => size(b.index) - size(a.index) || compare(a, b) || a.index - b.index);
  }

  #height(): number {
    return heightOf(this.best());
  }

  /** What keeps the nodes from being one: of each group, what it lacks. */
  #missing(): string[] {
    const all = this.#ranked();
    return all.flatMap(one => {
      const others = all.filter(other => other !== one && this.#reach(one.index, other.index));
      const top = Math.max(heightOf(one), ...others.map(heightOf));
      const connected = new Set(one.node.peers().map(({ id }) => id));
      return [
        ...others
          .filter(({ index }) => !connected.has(this.#together.peerId(index)))
          .map(({ index }) => `node ${one.index} is not connected with node ${index}`),
        ...(heightOf(one) < top ? [`node ${one.index} is at height ${heightOf(one)} of ${top}`] : []),
      ];
    });
  }

  #reach(a: number, b: number): boolean {
    const { groups } = this.#faults;
    return groups.length === 0 || groups.some(group => group.includes(a) && group.includes(b));
  }

  #place(index: number): Place {
    mustExist(index, this.#places.length);
    const place = this.#places[index];
    if (place === undefined) throw new Error(`node ${index} has no place`);
    return place;
  }

  #status(index: number): NodeStatus {
    const { state, running, restarts, ended } = this.#place(index);
    return {
      index,
      state,
      pid: running === null ? null : process.pid,
      rpc: running?.rpc.url ?? '',
      log: this.#together.logOf(index),
      restarts,
      ended,
    };
  }

  #report(): FaultsReport {
    return {
      ...this.#faults,
      nodes: this.#places.map(({ running, state }, node) => {
        if (running === null)
          return { node, applied: false, reason: `node ${node} is ${state}`, counters: null };
        return { node, applied: true, reason: null, counters: devOf(running).faults().counters };
      }),
    };
  }

  #change(change: (faults: ClusterFaults) => ClusterFaults): Promise<FaultsReport> {
    this.#faults = change(this.#faults);
    this.#tell();
    return Promise.resolve(this.#report());
  }

  #makeControl(): Control {
    const count = this.#places.length;
    const refuse = async (what: string): Promise<never> => {
      throw new RpcFault('NODE_FAILED', `a node of a test ${what}`, {
        hint: 'The nodes of a test share its process. Cut one off, kill it, or use devnet up.',
      });
    };
    return {
      accounts: this.#options.accounts,
      list: () => this.#places.map((_, index) => this.#status(index)),
      add: () => refuse('cannot be added: the chain keeps those that it began with'),
      pause: () => refuse('cannot be paused'),
      resume: () => refuse('cannot be paused'),
      kill: async index => {
        this.#place(index).ended = `node ${index} was killed`;
        await this.#end(index, 'killed');
        return this.#status(index);
      },
      restart: async index => {
        await this.#end(index, 'restarting');
        await this.#start(index);
        await this.settled();
        return this.#status(index);
      },
      faults: async () => this.#report(),
      partition: async groups => {
        const report = await this.#change(faults => withPartition(faults, groups, count));
        for (const node of onSmallerSide(this.#faults, count)) this.#gateway?.leave(node);
        return report;
      },
      latency: change => this.#change(faults => withLatency(faults, change, count)),
      loss: change => this.#change(faults => withLoss(faults, change, count)),
      heal: () => this.#change(({ seed }) => ({ ...NO_CLUSTER_FAULTS, seed })),
    };
  }
}

/** The powers of a devnet, which the chain of a test is. */
export function devOf({ node: { dev } }: NodeTogether): DevApi {
  if (dev === null) throw new TypeError('the chain of a test is no devnet');
  return dev;
}

const heightOf = ({ node }: NodeTogether): number => node.head().header.height;

/** Both are one flat object. */
const isSame = (a: object, b: object): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
