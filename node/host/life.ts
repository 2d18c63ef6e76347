/** The life of one service: started, watched, started again after a crash, and put away when it crashes too often. */
import { messageOf } from '../errors.ts';
import type { Log } from '../ordering/types.ts';
import type { ServiceProcess } from './process.ts';
import { type Resources, resourcesOf } from './resources.ts';

/** Times in milliseconds. */
export interface LifeLimits {
  /** For `start` of its code. */
  readonly startDeadline: number;
  readonly stopDeadline: number;
  readonly pingEvery: number;
  readonly pingDeadline: number;
  /** Before it is started again after a crash; doubles with each within the window. */
  readonly backOff: number;
  /** So many crashes within the window put it into quarantine. */
  readonly crashes: number;
  readonly window: number;
  /** Resident bytes. */
  readonly memory: number;
}

export const LIFE_LIMITS: LifeLimits = {
  startDeadline: 30_000,
  stopDeadline: 1_000,
  pingEvery: 2_000,
  pingDeadline: 10_000,
  backOff: 500,
  crashes: 5,
  window: 60_000,
  memory: 512 * 1024 * 1024,
};

export type LifeState = 'starting' | 'running' | 'waiting' | 'quarantined' | 'stopped';

export interface LifeOptions {
  readonly label: string;
  readonly limits: LifeLimits;
  readonly log: Log;
  readonly height: () => number;
  /** A process that has shaken hands; whoever opens it answers what it asks for. */
  readonly open: (signal: AbortSignal) => Promise<ServiceProcess>;
  /** Its code's `start`. */
  readonly start: (process: ServiceProcess) => Promise<void>;
  readonly onUp: () => void;
  readonly onDown: () => void;
  /** After a failed start as well. */
  readonly onCrash: (quarantined: boolean) => void;
}

export class Life {
  readonly #options: LifeOptions;
  #state: LifeState = 'stopped';
  #process: ServiceProcess | null = null;
  #attempt: Promise<void> = Promise.resolve();
  #opening = new AbortController();
  #again: ReturnType<typeof setTimeout> | null = null;
  #watch: ReturnType<typeof setInterval> | null = null;
  #crashes: number[] = [];
  #starts = 0;
  #errors = 0;
  #lastError: string | null = null;
  #reason: string | null = null;
  #resources: Resources | null = null;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  get state(): LifeState {
    return this.#state;
  }
  /** The process that runs, for requests to it. */
  get process(): ServiceProcess | null {
    return this.#state === 'running' ? this.#process : null;
  }
  /** Starts after the first. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }
  get errors(): number {
    return this.#errors;
  }
  get lastError(): string | null {
    return this.#lastError;
  }
  /** Why it does not run. */
  get reason(): string | null {
    return this.#reason;
  }
  /** As of the last look. */
  get resources(): Resources | null {
    return this.#state === 'running' ? this.#resources : null;
  }

  /** Resolves when it runs, or when the first try to start it has failed. */
  start(): Promise<void> {
    if (this.#state !== 'stopped') return this.#attempt;
    return this.#begin();
  }

  /** Ends a quarantine; what it did before is forgiven. */
  release(): Promise<void> {
    this.#crashes = [];
    this.#state = 'stopped';
    return this.#begin();
  }

  /** Something that its code did wrong, and that did not end it. */
  failed(call: string, error: unknown): void {
    const { label, log, height } = this.#options;
    this.#errors++;
    this.#lastError = `${call} at height ${height()}: ${messageOf(error)}`;
    log.error({ plugin: label, height: height(), call, err: error }, 'a service plugin failed');
  }

  /** Lets it end by itself for a moment, and ends it. */
  async stop(): Promise<void> {
    const { limits } = this.#options;
    const running = this.process;
    const wasUp = this.#state === 'running';
    this.#rest('stopped', null);
    if (wasUp) this.#options.onDown();
    if (running !== null)
      await running
        .request({ kind: 'stop' }, 'its stop', limits.stopDeadline)
        .catch((error: unknown) => this.failed('stop', error));
    this.#opening.abort();
    await this.#process?.close();
    await this.#attempt;
  }

  #begin(): Promise<void> {
    this.#rest('starting', null);
    this.#attempt = this.#run();
    return this.#attempt;
  }

  async #run(): Promise<void> {
    this.#starts++;
    this.#opening = new AbortController();
    try {
      const process = await this.#options.open(this.#opening.signal);
      this.#process = process;
      if (this.#isOver()) return await process.close();
      await this.#options.start(process).catch(async (error: unknown) => {
        await process.close();
        throw error;
      });
      if (this.#isOver()) return;
      this.#state = 'running';
      this.#look(process);
      this.#options.onUp();
      void process.gone.then(reason => this.#ended(process, reason));
    } catch (error) {
      if (!this.#isOver()) this.#crashed(error);
    }
  }

  // A method of its own because the compiler does not see that the state changes during an await.
  #isOver(): boolean {
    return this.#state === 'stopped';
  }

  #ended(process: ServiceProcess, reason: Error): void {
    if (this.#process !== process || this.#state !== 'running') return;
    this.#options.onDown();
    this.#crashed(reason);
  }

  #crashed(error: unknown): void {
    const { label, limits, log, height, onCrash } = this.#options;
    const now = Date.now();
    this.#errors++;
    this.#lastError = messageOf(error);
    this.#crashes = [...this.#crashes.filter(at => now - at < limits.window), now];
    const count = this.#crashes.length;
    const fields = { plugin: label, height: height(), err: error, crashes: count };
    if (count >= limits.crashes) {
      const reason = `${count} crashes within ${limits.window / 1000} s, the last: ${messageOf(error)}`;
      this.#rest('quarantined', reason);
      log.error(fields, 'a service plugin crashed too often and is put into quarantine');
      onCrash(true);
      return;
    }
    const pause = limits.backOff * 2 ** (count - 1);
    this.#rest('waiting', messageOf(error));
    log.error({ ...fields, pause }, 'a service plugin crashed and is started again');
    this.#again = setTimeout(() => void this.#begin(), pause);
    onCrash(false);
  }

  #rest(state: LifeState, reason: string | null): void {
    if (this.#again !== null) clearTimeout(this.#again);
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#again = null;
    this.#watch = null;
    this.#resources = null;
    this.#state = state;
    this.#reason = reason;
  }

  /** Asks the process itself whether it is alive, and the system what it uses. */
  #look(process: ServiceProcess): void {
    const { label, limits, log } = this.#options;
    let asked = false;
    const once = async (): Promise<void> => {
      const used = await resourcesOf(process.pid);
      if (this.#process !== process) return;
      this.#resources = used;
      if (used !== null && used.memory > limits.memory)
        process.end(
          'MEMORY',
          'its work',
          `it holds ${used.memory} bytes, at most ${limits.memory} are allowed`,
        );
    };
    const tick = (): void => {
      once().catch((error: unknown) =>
        log.error({ plugin: label, err: error }, 'a process hides what it uses'),
      );
      if (asked) return;
      asked = true;
      // An answer that does not come ends the process, and that is told elsewhere.
      const done = (): void => {
        asked = false;
      };
      process.request({ kind: 'ping' }, 'a ping', limits.pingDeadline).then(done, done);
    };
    tick();
    this.#watch = setInterval(tick, limits.pingEvery);
  }
}
