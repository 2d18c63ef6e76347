/**
 * Signatures of peers on their way to the verifier: in batches, bounded per peer, and each peer by itself. A batch of
 * one peer never waits for a batch of another, so that a flood of wrong signatures delays nobody's votes but its own.
 */
import type { Check } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';
import type { BulkVerifier } from './types.ts';

/** Messages and bytes of one peer that may wait. An honest peer sends a handful per height. */
const MAX_WAITING = 256;
const MAX_WAITING_BYTES = 2 * MAX_MESSAGE_BYTES;
/** Of one peer verified at once; a first wrong one ends the rest. */
const MAX_BATCH = 32;

interface Job {
  readonly peer: PeerId;
  readonly bytes: number;
  readonly checks: readonly Check[];
  readonly done: (good: boolean) => void;
}

export interface VerifyQueue {
  /**
   * `done` gets true if every check holds; after a false of the same peer it may not be called at all. False: the peer
   * has too much waiting already, and `done` is not called.
   */
  submit(job: Job): boolean;
}

interface Line {
  waiting: Job[];
  /** Of what waits and of what is verified now. */
  messages: number;
  bytes: number;
  busy: boolean;
}

/** While one batch of a peer is verified its next one gathers: no waiting when idle, large batches under load. */
export function createVerifyQueue(verifier: BulkVerifier, onError: (error: unknown) => void): VerifyQueue {
  const lines = new Map<PeerId, Line>();

  function release(line: Line, jobs: readonly Job[]): void {
    line.messages -= jobs.length;
    for (const { bytes } of jobs) line.bytes -= bytes;
  }

  async function run(peer: PeerId, line: Line): Promise<void> {
    line.busy = true;
    try {
      while (line.waiting.length > 0) await verifyBatch(line);
      lines.delete(peer);
    } catch (error) {
      onError(error);
    } finally {
      line.busy = false;
    }
  }

  async function verifyBatch(line: Line): Promise<void> {
    const batch = line.waiting.splice(0, MAX_BATCH);
    const answers = await verifier.verify(
      batch.flatMap(job => job.checks),
      'votes',
    );
    release(line, batch);
    let next = 0;
    for (const { checks, done } of batch) {
      const from = next;
      next += checks.length;
      const good = answers.slice(from, next).every(Boolean) && answers.length >= next;
      done(good);
      if (!good) release(line, line.waiting.splice(0));
    }
  }

  return {
    submit(job) {
      const line = lines.get(job.peer) ?? { waiting: [], messages: 0, bytes: 0, busy: false };
      if (line.messages >= MAX_WAITING || line.bytes + job.bytes > MAX_WAITING_BYTES) return false;
      lines.set(job.peer, line);
      line.waiting.push(job);
      line.messages++;
      line.bytes += job.bytes;
      if (!line.busy) void run(job.peer, line);
      return true;
    },
  };
}
