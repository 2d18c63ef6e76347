/** Figures of a run. */
import type { Calls } from './calls.ts';
import type { Cluster } from './cluster.ts';
import { killsOf, type Plan } from './plan.ts';
import type { Transfers } from './transfers.ts';

export interface Figures {
  readonly seed: number;
  readonly acts: number;
  readonly kills: number;
  readonly moduleKills: number;
  /** Starts of nodes after a kill. */
  readonly restarts: number;
  readonly blocks: number;
  readonly accepted: number;
  readonly final: number;
  /** Requests that met a dead or dying node, or one that asked for patience. */
  readonly failedRequests: number;
  readonly receipts: number;
  readonly refusedCalls: number;
  readonly epochs: number;
  /** Different proposals and votes that the witness has seen. */
  readonly signatures: number;
  readonly doubleSignatures: number;
  /** Milliseconds from the start of a killed node until it said that it is ready. */
  readonly start: Spread;
  /** Milliseconds from a kill until every node has committed a new block. */
  readonly whole: Spread;
}

export interface Spread {
  readonly median: number;
  readonly p90: number;
  readonly most: number;
}

/** How long the cluster took to come back. */
export class Recoveries {
  readonly #starts: number[] = [];
  readonly #whole: number[] = [];

  start(ms: number): void {
    this.#starts.push(ms);
  }

  whole(ms: number): void {
    this.#whole.push(ms);
  }

  spreads(): Pick<Figures, 'start' | 'whole'> {
    return { start: spreadOf(this.#starts), whole: spreadOf(this.#whole) };
  }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? 0);
  return { median: at(0.5), p90: at(0.9), most: at(1) };
}

export function figuresOf(
  { seed, acts }: Plan,
  { validators, ledger, witness }: Cluster,
  transfers: Transfers,
  calls: Calls,
  recoveries: Recoveries,
): Figures {
  const { receipts, refused, epochs, kills } = calls.figures();
  return {
    seed,
    acts: acts.length,
    kills: acts.reduce((sum, act) => sum + killsOf(act), 0),
    moduleKills: kills,
    restarts: validators.reduce((sum, { lives }) => sum + lives - 1, 0),
    blocks: ledger.size,
    accepted: transfers.accepted.size,
    final: transfers.final.size,
    failedRequests: transfers.failures(),
    receipts,
    refusedCalls: refused,
    epochs,
    signatures: witness.signatures.count,
    doubleSignatures: witness.signatures.doubles.length,
    ...recoveries.spreads(),
  };
}
