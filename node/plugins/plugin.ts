/**
 * A consensus module in a process of its own that is kept running: a crash or a hang is no answer, so it is started
 * again and asked again, loudly (spec section 6, rule 3).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsensusModule, Hex } from '../../consensus/interface/index.ts';
import type { Log } from '../ordering/types.ts';
import type { Tier } from '../package/index.ts';
import { PluginError } from './errors.ts';
import { Knowledge, type KnowledgeLimits } from './knowledge.ts';
import { type PluginProcess, type ProcessOptions, startProcess } from './process.ts';
import type { Reply, Request } from './wire.ts';

export interface PluginOptions extends ProcessOptions {
  readonly consensus: number;
  /** What the chain pins; undefined where nobody asks. */
  readonly codeHash?: Hex | undefined;
  /** The isolation that the command gives; null for none. */
  readonly tier: Tier | null;
  /** Failures in a row after which a question stays without an answer. */
  readonly attempts: number;
  /** Milliseconds before a process that failed at its start is started again; they double with each failure. */
  readonly backOff: number;
  readonly start?: (options: ProcessOptions) => Promise<PluginProcess>;
  /** How the same code described itself when it ran before: whoever holds that goes on asking by it. */
  readonly shell?: ConsensusModule | undefined;
  /** What the process may remember. */
  readonly knowledge?: KnowledgeLimits;
}

/** A running process, and what it was told: both end together. */
export interface Connection {
  readonly process: PluginProcess;
  readonly knowledge: Knowledge;
}

export interface PluginFigures {
  /** Requests that were answered. */
  roundTrips: number;
  /** Reads that a process had to be told before it could go on. */
  misses: number;
  /** Results that rested on another state than the real one and were asked for again. */
  mismatches: number;
  starts: number;
  failures: number;
}

export interface Plugin {
  readonly consensus: number;
  readonly codeHash: Hex | undefined;
  readonly tier: Tier | null;
  readonly label: string;
  /** How the module describes itself; known once it was started. */
  readonly shell: ConsensusModule;
  readonly attempts: number;
  /** Milliseconds in which a batch must come to an end. */
  readonly patience: number;
  readonly figures: Readonly<PluginFigures>;
  /** The process that runs; null while there is none. */
  readonly live: PluginProcess | null;
  readonly log: Log;
  /** What went wrong last, with what it was asked; null while nothing did. */
  readonly lastError: string | null;
  /** Counts and keeps what went wrong, and says so in the log, where `fields` stand beside it. */
  failed(error: Error, fields: object, message: string): void;
  count(figure: keyof PluginFigures, by?: number): void;
  /** Asks a process after everybody who came before. Rejects with {@link PluginError}. */
  request(process: PluginProcess, request: Request, doing: string): Promise<Reply>;
  /** A live process; starts one where there is none. Rejects with {@link PluginError}. */
  connection(): Promise<Connection>;
  close(): Promise<void>;
}

/** Starts the process once, to know that it can be started and what it is. Throws {@link PluginError}. */
export async function openPlugin(options: PluginOptions): Promise<Plugin> {
  const { label, log, consensus, attempts, start = startProcess } = options;
  const figures: PluginFigures = { roundTrips: 0, misses: 0, mismatches: 0, starts: 0, failures: 0 };
  const closing = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();
  let current: Connection | null = null;
  let lastError: string | null = null;
  const voice = createVoice(log, label);

  function failed(error: Error, fields: object, message: string): void {
    figures.failures++;
    lastError = error.message;
    voice({ ...fields, err: error }, message);
  }

  async function connection(): Promise<Connection> {
    if (closing.signal.aborted) throw closed(label);
    if (current?.process.isAlive === true) return current;
    if (current !== null)
      log.error({ plugin: label }, 'the process of a consensus module is gone and is started again');
    current = { process: await started(), knowledge: new Knowledge(options.knowledge) };
    return current;
  }

  async function started(): Promise<PluginProcess> {
    for (let failures = 0; ; failures++) {
      try {
        figures.starts++;
        const process = await start(options);
        if (!closing.signal.aborted) return process;
        await process.close();
        throw closed(label);
      } catch (error) {
        if (!(error instanceof PluginError)) throw error;
        failed(error, {}, 'a consensus module could not be started');
        if (error.code !== 'START' || failures + 1 >= attempts) throw error;
        await pause(options.backOff * 2 ** failures, closing.signal);
      }
    }
  }

  const { process } = await connection();
  return {
    consensus,
    codeHash: options.codeHash,
    tier: options.tier,
    label,
    shell: options.shell ?? process.shell,
    attempts,
    patience: options.requestDeadline,
    figures,
    get live() {
      return current?.process.isAlive === true ? current.process : null;
    },
    log,
    get lastError() {
      return lastError;
    },
    failed,
    count(figure, by = 1) {
      figures[figure] += by;
    },
    request(process, request, doing) {
      const result = turn.then(async () => {
        const reply = await process.request(request, doing);
        figures.roundTrips++;
        return reply;
      });
      turn = result.catch((error: unknown) => error);
      return result;
    },
    connection,
    async close() {
      closing.abort();
      await current?.process.close();
    },
  };
}

/** Lines of errors in such a time, in milliseconds: who sends calls that fail must not fill the log. */
const MAX_LINES = 100;
const WINDOW = 1_000;

/** Writes errors of one plugin; what comes too fast is counted. */
function createVoice(log: Log, plugin: string): (fields: object, message: string) => void {
  let window = { start: 0, lines: 0 };
  let dropped = 0;
  return (fields, message) => {
    const now = Date.now();
    if (now - window.start >= WINDOW) window = { start: now, lines: 0 };
    if (++window.lines > MAX_LINES) {
      dropped++;
      return;
    }
    if (dropped > 0) log.warn({ plugin, dropped }, 'a plugin failed more often than the log takes');
    dropped = 0;
    log.error({ plugin, ...fields }, message);
  };
}

const closed = (plugin: string): PluginError =>
  new PluginError('CLOSED', { plugin, doing: 'its next question' }, 'the node is stopping');

/** Ends early where the signal comes; whoever waits looks at it then. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
