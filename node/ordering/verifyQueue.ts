/** Signatures of peers on their way to the verifier: in batches, and bounded per peer. */
import type { Check } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';
import type { BulkVerifier } from './types.ts';

/** Messages and bytes of one peer that may wait. An honest peer sends a handful per height. */
const MAX_WAITING = 256;
const MAX_WAITING_BYTES = 2 * MAX_MESSAGE_BYTES;

interface Job {
  readonly peer: PeerId;
  readonly bytes: number;
  readonly checks: readonly Check[];
  readonly done: (good: boolean) => void;
}

export interface VerifyQueue {
  /** `done` gets true if every check holds. False: the peer has too much waiting already, and `done` is not called. */
  submit(job: Job): boolean;
}

/** While one batch is verified the next one gathers: no waiting when idle, large batches under load. */
export function createVerifyQueue(verifier: BulkVerifier, onError: (error: unknown) => void): VerifyQueue {
  const load = new Map<PeerId, { messages: number; bytes: number }>();
  let waiting: Job[] = [];
  let busy = false;

  function account(job: Job, sign: 1 | -1): boolean {
    const { messages, bytes } = load.get(job.peer) ?? { messages: 0, bytes: 0 };
    const next = { messages: messages + sign, bytes: bytes + sign * job.bytes };
    if (sign === 1 && (next.messages > MAX_WAITING || next.bytes > MAX_WAITING_BYTES)) return false;
    if (next.messages === 0) load.delete(job.peer);
    else load.set(job.peer, next);
    return true;
  }

  async function run(): Promise<void> {
    busy = true;
    try {
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        const answers = await verifier.verify(batch.flatMap(job => job.checks));
        let next = 0;
        for (const job of batch) {
          account(job, -1);
          const from = next;
          next += job.checks.length;
          job.done(answers.slice(from, next).every(Boolean) && answers.length >= next);
        }
      }
    } catch (error) {
      onError(error);
    } finally {
      busy = false;
    }
  }

  return {
    submit(job) {
      if (!account(job, 1)) return false;
      waiting.push(job);
      if (!busy) void run();
      return true;
    },
  };
}
