/**
 * The state before a block of the past. States of the last heights are at hand, because they share what did not change;
 * for an earlier one the blocks are executed again, from the nearest state that is kept or from the genesis.
 */
import { type BlockInput, type Execution, type State, validateExecution } from '../../chain/index.ts';
import type { StoredBlock } from '../api.ts';
import { messageOf } from '../errors.ts';
import { checkEvidence } from '../evidence/check.ts';
import type { RunOptions } from '../plugins/runner.ts';
import { type Checking, checkBlock } from '../pool/check.ts';
import { Recent } from '../recent.ts';
import { TraceError } from './types.ts';

/** States of the last heights that are kept, and of heights that a trace passed by. */
const RECENT_STATES = 128;
const PASSED_STATES = 16;
/** A state is kept each time that many blocks were executed again. */
const PASSED_EVERY = 256;

export interface HistoryOptions extends Checking {
  readonly block: (height: number) => Promise<StoredBlock | null>;
  /** Of the first block that this node has. */
  readonly base: () => number;
  /** The state before block 1. */
  readonly genesis: () => Promise<State>;
}

export interface History {
  /** The state after a block that was committed now, or after the last one at the start. */
  keep(height: number, state: State): void;
  /** The highest kept state at or below a height; 0 for the genesis where all blocks are here. Null for none. */
  nearest(height: number): number | null;
  /** The state after a height, of which {@link History.nearest} tells how far away it is. */
  stateAfter(height: number, progress: (height: number) => void, signal: AbortSignal): Promise<State>;
  readonly runner: HistoryOptions['runner'];
  /** What a block held, checked as when it came. `state` is the one before the block. */
  input(stored: StoredBlock, state: State): Promise<BlockInput>;
  /** Executes a block again. Throws {@link TraceError} TRACE_DIFFERS where it comes out otherwise. */
  execute(state: State, stored: StoredBlock, options?: RunOptions): Promise<Execution>;
}

export function createHistory(options: HistoryOptions): History {
  const { runner, verifier, chainId } = options;
  const recent = new Map<number, State>();
  const passed = new Recent<number, State>(PASSED_STATES);
  const passedHeights = new Set<number>();

  function nearest(height: number): number | null {
    const kept = [...recent.keys(), ...passedHeights].filter(at => at <= height);
    if (kept.length > 0) return Math.max(...kept);
    return options.base() <= 1 ? 0 : null;
  }

  async function keptState(height: number): Promise<State> {
    const state = recent.get(height) ?? passed.get(height);
    if (state !== undefined) return state;
    passedHeights.delete(height);
    if (height === 0) return options.genesis();
    throw new Error(`the state after block ${height} is no longer kept`);
  }

  function pass(height: number, state: State): void {
    passed.set(height, state);
    passedHeights.add(height);
    for (const at of passedHeights) if (passed.get(at) === undefined) passedHeights.delete(at);
  }

  function input({ block }: StoredBlock, state: State): Promise<BlockInput> {
    const { height, time, proposer } = block.header;
    return runner.during(state, block.header, async () => {
      const evidence = await checkEvidence(block.evidence, verifier, chainId);
      const mechanisms = runner.mechanisms(state);
      const transactions = await checkBlock(block.transactions, () => undefined, options, mechanisms);
      return { height, time, proposer, evidence, transactions };
    });
  }

  async function execute(state: State, stored: StoredBlock, run: RunOptions = {}): Promise<Execution> {
    const { header } = stored.block;
    try {
      const execution = await runner.execute(state, await input(stored, state), { ...run, keeps: false });
      validateExecution(header, execution);
      return execution;
    } catch (error) {
      const reason = `block ${header.height}, executed again, does not come out as it did: ${messageOf(error)}`;
      throw new TraceError('TRACE_DIFFERS', reason, { height: header.height });
    }
  }

  return {
    keep(height, state) {
      recent.set(height, state);
      recent.delete(height - RECENT_STATES);
    },
    nearest,
    async stateAfter(height, progress, signal) {
      const from = nearest(height);
      if (from === null) throw new Error(`no state at or below block ${height} is kept`);
      let state = await keptState(from);
      for (let at = from + 1; at <= height; at++) {
        signal.throwIfAborted();
        const stored = await options.block(at);
        if (stored === null) throw new Error(`block ${at} is not here`);
        ({ state } = await execute(state, stored));
        if (at % PASSED_EVERY === 0 || at === height) pass(at, state);
        progress(at);
      }
      return state;
    },
    runner,
    input,
    execute,
  };
}
