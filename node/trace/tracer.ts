/** Runs a transaction or the close of an epoch again, with the same input, and tells what happened. Changes nothing. */
import {
  type Ask,
  changesBetween,
  changesOf,
  type Execution,
  listConsensus,
  type State,
  type SystemOutcome,
} from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { StoredBlock } from '../api.ts';
import type { Log } from '../ordering/types.ts';
import type { Watch } from '../plugins/watch.ts';
import type { History } from './history.ts';
import {
  type Replayed,
  type Trace,
  type TracedBlock,
  type TracedStep,
  TraceError,
  type TraceTarget,
} from './types.ts';

/** Blocks over which a close may go in one trace. */
const MAX_CLOSE_BLOCKS = 256;
/** Milliseconds after which whoever waits for earlier blocks is told how far they are. */
const PATIENCE_MS = 10_000;

export interface TracerOptions {
  readonly history: History;
  readonly block: (height: number) => Promise<StoredBlock | null>;
  /** Where a transaction stands; null for none here. */
  readonly place: (hash: Hex) => { readonly height: number } | null;
  /** The transaction that brought a receipt on chain. */
  readonly receipt: (headerHash: Hex) => Promise<Hex | null>;
  readonly epochStart: (epoch: number) => number | null;
  readonly height: () => number;
  /** Whether earlier blocks may be executed again for it: not where anybody may ask. */
  readonly replays: boolean;
  readonly now: () => number;
  readonly log: Log;
}

export interface Tracer {
  /** One at a time. Throws {@link TraceError}. */
  trace(target: TraceTarget): Promise<Trace>;
  stop(): void;
}

export function createTracer(options: TracerOptions): Tracer {
  const { history, now, log } = options;
  const stopping = new AbortController();
  let busy: { readonly name: string; at: number; readonly to: number; readonly work: Promise<Trace> } | null =
    null;

  function firstHeight(target: Replayed): number {
    if (target.kind === 'transaction') {
      const place = options.place(target.hash);
      if (place !== null) return place.height;
      throw new TraceError(
        'UNKNOWN_TRANSACTION',
        `transaction ${target.hash} stands in no block of this node`,
      );
    }
    const start = options.epochStart(target.epoch + 1);
    if (start !== null) return start;
    throw new TraceError('EPOCH_NOT_CLOSED', `this node knows no block after epoch ${target.epoch}`);
  }

  async function carrierOf(receipt: Hex): Promise<Replayed> {
    const hash = await options.receipt(receipt);
    if (hash !== null) return { kind: 'transaction', hash };
    throw new TraceError(
      'UNKNOWN_RECEIPT',
      `no call in the last blocks carries a header ${receipt}: it is not claimed yet, or a tally stands for it`,
    );
  }

  function requireState(height: number): void {
    const nearest = history.nearest(height);
    if (nearest === null)
      throw new TraceError(
        'STATE_PRUNED',
        `the blocks of this node begin after a snapshot, and the state after block ${height} is kept no longer`,
      );
    if (nearest < height && !options.replays)
      throw new TraceError('STATE_PRUNED', `the state after block ${height} is kept no longer`);
  }

  async function run(target: Replayed, first: number, progress: (at: number) => void): Promise<Trace> {
    const started = performance.now();
    const replayed = first - 1 - (history.nearest(first - 1) ?? 0);
    if (replayed > 0) log.info({ blocks: replayed, to: first - 1 }, 'blocks are executed again for a trace');
    const state = await history.stateAfter(first - 1, progress, stopping.signal);
    const blocks =
      target.kind === 'transaction'
        ? [await transactionTrace(history, state, await blockAt(first), target.hash)]
        : await closeTrace(target, state, first);
    return { target, blocks, replayed, ms: performance.now() - started };
  }

  async function closeTrace(
    { epoch, consensus }: Extract<Replayed, { kind: 'epoch' }>,
    before: State,
    first: number,
  ): Promise<readonly TracedBlock[]> {
    const wanted = (close: { readonly consensus: number; readonly epoch: number }): boolean =>
      close.epoch === epoch && (consensus === undefined || close.consensus === consensus);
    const blocks: TracedBlock[] = [];
    let state = before;
    for (let height = first; height < first + MAX_CLOSE_BLOCKS && height <= options.height(); height++) {
      const stored = await blockAt(height);
      const closes = stored.outcomes.system.filter(wanted);
      const run = await blockTrace(history, state, stored, closes);
      if (closes.length > 0) blocks.push(run.traced);
      ({ state } = run);
      const goesOn = listConsensus(state).some(({ id, closing }) =>
        closing.some(open => wanted({ consensus: id, epoch: open })),
      );
      if (!goesOn) break;
    }
    return blocks;
  }

  async function blockAt(height: number): Promise<StoredBlock> {
    const stored = await options.block(height);
    if (stored === null) throw new Error(`block ${height} is not here`);
    return stored;
  }

  function begin(target: Replayed, name: string, first: number) {
    const work = run(target, first, at => {
      if (busy?.name === name) busy.at = at;
    });
    const job = { name, at: history.nearest(first - 1) ?? 0, to: first - 1, work };
    busy = job;
    const end = (): void => {
      if (busy === job) busy = null;
    };
    work.then(end, end);
    return job;
  }

  return {
    async trace(asked) {
      const target = asked.kind === 'receipt' ? await carrierOf(asked.hash) : asked;
      const name = JSON.stringify(target);
      if (busy !== null && busy.name !== name)
        throw new TraceError('TRACE_BUSY', 'this node makes another trace', { at: busy.at, to: busy.to });
      const first = firstHeight(target);
      requireState(first - 1);
      const job = busy?.name === name ? busy : begin(target, name, first);
      const started = now();
      const impatience = Symbol('late');
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<typeof impatience>(resolve => {
        timer = setTimeout(resolve, PATIENCE_MS, impatience);
      });
      const done = await Promise.race([job.work, late]).finally(() => clearTimeout(timer));
      if (done !== impatience) return done;
      const message = `executing blocks again: ${job.at} of ${job.to} after ${now() - started} ms`;
      throw new TraceError('TRACE_RUNNING', message, { at: job.at, to: job.to });
    },
    stop: () => stopping.abort(),
  };
}

/** One transaction on top of the ones before it in its block. */
export async function transactionTrace(
  history: History,
  state: State,
  stored: StoredBlock,
  hash: string,
): Promise<TracedBlock> {
  const hashes: readonly string[] = stored.transactionHashes;
  const index = hashes.indexOf(hash);
  // The whole block first: its roots prove that this is what happened.
  const steps: TracedStep[] = [];
  await history.execute(state, stored, { watch: watching(steps, ask => ask.transaction === hash) });
  const input = await history.input(stored, state);
  const { runner } = history;
  const upTo = (count: number): Promise<Execution> =>
    runner.execute(state, { ...input, transactions: input.transactions.slice(0, count) }, { keeps: false });
  const changes = changesBetween(await upTo(index), await upTo(index + 1));
  return {
    ...placeOf(stored),
    steps,
    outcome: stored.outcomes.transactions[index] ?? null,
    closes: [],
    changes,
  };
}

/** What a block did for the close of an epoch, before its transactions; and the state after the block. */
async function blockTrace(
  history: History,
  state: State,
  stored: StoredBlock,
  closes: readonly SystemOutcome[],
): Promise<{ readonly traced: TracedBlock; readonly state: State }> {
  const steps: TracedStep[] = [];
  const isOf = ({ place, work }: Ask): boolean =>
    work.kind === 'closeEpoch' &&
    closes.some(({ consensus, epoch }) => consensus === place.consensus && epoch === work.closing);
  const whole = await history.execute(state, stored, { watch: watching(steps, isOf) });
  const empty = { ...(await history.input(stored, state)), transactions: [] };
  const own = closes.length === 0 ? null : await history.runner.execute(state, empty, { keeps: false });
  const changes = own === null ? [] : changesOf(state, own);
  return { traced: { ...placeOf(stored), steps, outcome: null, closes, changes }, state: whole.state };
}

function watching(steps: TracedStep[], wants: (ask: Ask) => boolean): Watch {
  return {
    closely: true,
    answered(ask, answer, sight) {
      if (!wants(ask)) return;
      const { reads, prints, ms } = sight ?? { reads: [], prints: [], ms: 0 };
      const closing = ask.work.kind === 'closeEpoch' ? ask.work.closing : null;
      steps.push({ place: ask.place, kind: ask.work.kind, closing, reads, prints, answer, ms });
    },
  };
}

const placeOf = ({ block: { header } }: StoredBlock) => ({
  height: header.height,
  epoch: header.epoch,
  time: header.time,
});
