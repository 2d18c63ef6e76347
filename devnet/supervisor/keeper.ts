/** One node through its lives: started, paused, killed, and started again when it ends by itself. */
import type { NodeState, NodeStatus } from '../../node/client/wireCluster.ts';
import type { NodeOptions } from '../../node/options.ts';
import { RpcFault } from '../../node/rpc/errors.ts';
import { HEALTHY_MS, restartDelay } from './backoff.ts';
import { type NodeProcess, type ReadyMessage, startNodeProcess } from './nodeProcess.ts';

export const STOP_DEADLINE_MS = 3_000;

export type KeeperEvent =
  /** It answers, after a start or a pause. */
  | { readonly kind: 'node-ready'; readonly index: number }
  /** It answers nobody: it is paused, or its process is gone. */
  | { readonly kind: 'node-away'; readonly index: number }
  /** It runs, and could not be told which faults are in force. */
  | { readonly kind: 'node-untold'; readonly index: number; readonly reason: string }
  /** It runs again, and the file that tells programs so could not be written. */
  | { readonly kind: 'run-file-old'; readonly index: number; readonly reason: string }
  /** It ended by itself; null: it is not started again. */
  | {
      readonly kind: 'node-died';
      readonly index: number;
      readonly how: string;
      readonly log: string;
      readonly restartMs: number | null;
    };

export interface KeeperOptions {
  readonly index: number;
  readonly directory: string;
  readonly host: string;
  /** Asked at each start. */
  readonly options: () => NodeOptions;
  readonly onEvent: (event: KeeperEvent) => void;
  /** A real process, unless a test gives another. */
  readonly start?: typeof startNodeProcess;
}

export class Keeper {
  readonly index: number;
  readonly #options: KeeperOptions;
  #process: NodeProcess;
  #ready: ReadyMessage | null = null;
  /** What is wanted of it. `ended`: with the cluster, for good. */
  #wish: 'up' | 'down' | 'ended' = 'up';
  #state: NodeState = 'starting';
  /** Whether it is started again when it ends by itself. */
  #supervised = false;
  #endsInARow = 0;
  #restarts = 0;
  #ended: string | null = null;
  #answersSince = 0;
  #timer: NodeJS.Timeout | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.index = options.index;
    this.#options = options;
    this.#process = this.#launch();
  }

  status(): NodeStatus {
    return {
      index: this.index,
      state: this.#state,
      pid: this.#hasProcess ? this.#process.pid : null,
      rpc: this.#ready === null ? '' : `http://${this.#options.host}:${this.#ready.rpcPort}`,
      log: this.#process.log,
      restarts: this.#restarts,
      ended: this.#ended,
    };
  }

  /** Of the process that runs, or ran last. */
  get pid(): number {
    return this.#process.pid;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** Since when it answers without a break, on the clock of this process. */
  get answersSince(): number {
    return this.#answersSince;
  }

  /** What it said when it was ready last; the port and the identity stay. */
  get message(): ReadyMessage | null {
    return this.#ready;
  }

  /** Resolves when the start under way has succeeded; rejects with what it said before it left. */
  get ready(): Promise<ReadyMessage> {
    return this.#process.ready;
  }

  /** The same, and it has its peers and a final block. */
  get joined(): Promise<void> {
    return this.#process.joined;
  }

  /** From now on it is started again when it ends by itself. */
  supervise(): void {
    this.#supervised = true;
  }

  /** SIGKILL, as a crash would; it stays down. */
  kill(): Promise<NodeStatus> {
    return this.#inTurn(async () => {
      this.#want('down');
      this.#cancelRestart();
      await this.#process.kill();
      this.#become('killed');
    });
  }

  /** SIGSTOP. It keeps its ports and connections, and answers nobody. */
  pause(): Promise<NodeStatus> {
    return this.#inTurn(async () => {
      if (this.#state === 'paused') return;
      this.#mustBe('running');
      // First nobody is sent to it any more.
      this.#become('paused');
      this.#process.signal('SIGSTOP');
    });
  }

  /** SIGCONT. */
  resume(): Promise<NodeStatus> {
    return this.#inTurn(async () => {
      if (this.#state === 'running') return;
      this.#mustBe('paused');
      this.#process.signal('SIGCONT');
      this.#answers();
    });
  }

  /** Ends the process, if there is one, and starts a new one. */
  restart(): Promise<NodeStatus> {
    return this.#inTurn(async () => {
      this.#want('down');
      this.#cancelRestart();
      await this.#process.stop(STOP_DEADLINE_MS);
      this.#endsInARow = 0;
      this.#start();
      await this.#process.ready;
    });
  }

  /** For good. */
  async stop(): Promise<void> {
    this.#wish = 'ended';
    this.#cancelRestart();
    await this.#process.stop(STOP_DEADLINE_MS);
    this.#state = 'stopped';
  }

  get #hasProcess(): boolean {
    return this.#state === 'starting' || this.#state === 'running' || this.#state === 'paused';
  }

  /** The end of the cluster may have come first: nothing is to start after it. */
  #want(wish: 'up' | 'down'): void {
    if (this.#wish === 'ended') throw new RpcFault('NODE_NOT_RUNNING', 'the devnet is being stopped');
    this.#wish = wish;
  }

  #start(): void {
    this.#want('up');
    this.#restarts++;
    this.#state = 'starting';
    try {
      this.#process = this.#launch();
    } catch (error) {
      this.#become('failed');
      throw error;
    }
  }

  /** What cannot even be started, as on a full disk, ended at once: it is tried again like the others. */
  #startAgain(): void {
    try {
      this.#start();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#onExit(`node ${this.index} could not be started: ${reason}`);
    }
  }

  #launch(): NodeProcess {
    const { index, directory, options, start = startNodeProcess } = this.#options;
    const process = start(index, directory, options());
    process.ready.then(
      message => {
        if (process !== this.#process || this.#state !== 'starting') return;
        this.#ready = message;
        this.#answers();
      },
      // Whoever asked for this start awaits the same promise, and `exited` tells the rest.
      (error: unknown) => error,
    );
    void process.exited.then(how => {
      if (process === this.#process) this.#onExit(how);
    });
    return process;
  }

  #onExit(how: string): void {
    this.#ended = how;
    if (this.#wish !== 'up') return;
    const wasHealthy = this.#state === 'running' && performance.now() - this.#answersSince >= HEALTHY_MS;
    this.#endsInARow = wasHealthy ? 1 : this.#endsInARow + 1;
    const restartMs = this.#supervised ? restartDelay(this.#endsInARow) : null;
    this.#become(restartMs === null ? 'failed' : 'restarting');
    const { index } = this;
    this.#options.onEvent({ kind: 'node-died', index, how, log: this.#process.log, restartMs });
    if (restartMs !== null) this.#timer = setTimeout(() => this.#startAgain(), restartMs);
  }

  #answers(): void {
    this.#state = 'running';
    this.#answersSince = performance.now();
    this.#options.onEvent({ kind: 'node-ready', index: this.index });
  }

  #become(state: NodeState): void {
    this.#state = state;
    this.#options.onEvent({ kind: 'node-away', index: this.index });
  }

  #cancelRestart(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #mustBe(state: NodeState): void {
    if (this.#state === state) return;
    throw new RpcFault('NODE_NOT_RUNNING', `node ${this.index} is ${this.#state}, not ${state}`, {
      fields: { node: this.index, state: this.#state },
    });
  }

  /** One after the other: each of these waits for a process. */
  async #inTurn(work: () => Promise<void>): Promise<NodeStatus> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch((error: unknown) => error);
    await mine;
    return this.status();
  }
}
