/** The view of a job: plain reads over what the process was told, and a note of each. */
import { encode, type View } from '../../../consensus/interface/index.ts';
import { fingerprintOf } from '../reads.ts';
import { Read, ReadAnswer } from '../wire.ts';
import { type Effects, nameOf } from './effects.ts';
import type { Memory } from './memory.ts';
import { answerAfter } from './overlay.ts';
import { viewOver } from './plainView.ts';

/** Ends a job that read what is not known. Whoever catches it changes nothing: the miss is noted. */
export class Miss extends Error {
  override readonly name = 'Miss';
}

interface Noted {
  readonly id: number;
  readonly seen: Uint8Array | null;
}

/** Everything that one job read. */
export interface Notes {
  readonly view: View;
  /** What the view shows is made of these. Throws where there is no answer yet. */
  readonly ask: (read: Read) => ReadAnswer;
  readonly reads: ReadonlyMap<string, Noted>;
  /** Encoded reads without an answer. */
  readonly missed: readonly Uint8Array[];
  /** It read what the jobs before it may have changed in a way that cannot be told from here. */
  readonly isStuck: () => boolean;
  /** Answers as they were told, by number. */
  readonly used: ReadonlyMap<number, Uint8Array>;
}

export function notedView(memory: Memory, effects: Effects): Notes {
  const reads = new Map<string, Noted>();
  const missed: Uint8Array[] = [];
  const used = new Map<number, Uint8Array>();
  let stuck = false;

  function ask(read: Read): ReadAnswer {
    const encoded = encode(Read, read);
    const known = memory.find(encoded);
    const told = known?.answer ?? null;
    const answer = told === null ? null : answerAfter(effects, read, told);
    if (known === undefined || told === null) {
      missed.push(encoded);
      throw new Miss('the node is asked for this read');
    }
    if (answer === null) {
      stuck = true;
      throw new Miss('the node must take over what the jobs before did');
    }
    const seen = answer === told ? null : fingerprintOf(encode(ReadAnswer, answer));
    reads.set(nameOf(encoded), { id: known.id, seen });
    used.set(known.id, known.known);
    return answer;
  }
  return { view: viewOver(ask), ask, reads, missed, used, isStuck: () => stuck };
}
