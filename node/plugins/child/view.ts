/** The view of a job: plain reads over what the process was told, and a note of each. */
import { encode, type View } from '../../../consensus/interface/index.ts';
import { readName } from '../readName.ts';
import { fingerprintOf } from '../reads.ts';
import { type Ran, Read, ReadAnswer } from '../wire.ts';
import type { Effects } from './effects.ts';
import type { Known, Memory } from './memory.ts';
import { answerAfter } from './overlay.ts';
import { viewOver } from './plainView.ts';

/** Ends a job that read what is not known. Whoever catches it changes nothing: the miss is noted. */
export class Miss extends Error {
  override readonly name = 'Miss';
}

/** Everything that one job read. */
export interface Notes {
  readonly view: View;
  /** What the view shows is made of these. Throws where there is no answer yet. */
  readonly ask: (read: Read) => ReadAnswer;
  /** Places among the answers of the batch. */
  readonly reads: ReadonlySet<number>;
  readonly isMissing: () => boolean;
  /** It read what the jobs before it may have changed in a way that cannot be told from here. */
  readonly isStuck: () => boolean;
}

/** An answer as some job saw it, and where it stands in the list of the batch. */
interface Seen {
  readonly answer: ReadAnswer;
  /** How many rows were written when it was so. */
  readonly writes: number;
  readonly place: number;
}

/** What the jobs of a batch read, each on top of those before it. */
export class Reads {
  /** Answers that results rest on, each as often as it changed. */
  readonly answers: Ran['answers'][number][] = [];
  /** Reads without an answer, by name. */
  readonly missing = new Map<string, Uint8Array>();
  readonly #memory: Memory;
  readonly #effects: Effects;
  readonly #guesses: number;
  readonly #seen = new Map<Known, Seen>();

  /** `guesses`: how many reads of the batch may go unanswered and still not end their jobs. */
  constructor(memory: Memory, effects: Effects, guesses: number) {
    this.#memory = memory;
    this.#effects = effects;
    this.#guesses = guesses;
  }

  /** The view of the next job. */
  notes(): Notes {
    const reads = new Set<number>();
    let missing = false;
    let stuck = false;
    const ask = (read: Read): ReadAnswer => {
      const name = readName(read);
      const known = this.#memory.find(name);
      if (known === undefined || known.answer === null) {
        missing = true;
        return this.#miss(name, read);
      }
      const seen = this.#look(known, known.answer);
      if (seen === null) {
        stuck = true;
        throw new Miss('the node must take over what the jobs before did');
      }
      reads.add(seen.place);
      return seen.answer;
    };
    return { view: viewOver(ask), ask, reads, isMissing: () => missing, isStuck: () => stuck };
  }

  #look(known: Known, told: ReadAnswer): Seen | null {
    const before = this.#seen.get(known);
    const { writes } = this.#effects;
    const isScan = known.read.kind === 'scan';
    if (before !== undefined && isScan && before.writes === writes) return before;
    const answer =
      isScan && before !== undefined
        ? answerAfter(this.#effects, known, before.answer, before.writes)
        : answerAfter(this.#effects, known, told);
    if (answer === null) return null;
    // What the process was told goes along, even where no job saw it as that: the node must be able to correct it.
    const last = before ?? { answer: told, place: this.#list(known, true, known.print) };
    const isAsBefore = isSame(last.answer, answer);
    const place = isAsBefore
      ? last.place
      : this.#list(known, false, fingerprintOf(encode(ReadAnswer, answer)));
    const seen = { answer, writes, place };
    this.#seen.set(known, seen);
    return seen;
  }

  #list({ id }: Known, told: boolean, print: Uint8Array): number {
    return this.answers.push({ id, told, print }) - 1;
  }

  /**
   * A job that misses something will run again, so what it makes of a wrong answer does not matter: it goes on, and the
   * node learns what else it reads. Else a call with many rows would take a round trip for each.
   */
  #miss(name: string, read: Read): ReadAnswer {
    this.missing.set(name, encode(Read, read));
    if (this.missing.size > this.#guesses) throw new Miss('the node is asked for this read');
    return guessFor(read);
  }
}

/** Values of answers are never changed in place, but for rows that are made anew. */
const isSame = (a: ReadAnswer, b: ReadAnswer): boolean =>
  a === b || (a.kind === 'bytes' && b.kind === 'bytes' && a.value === b.value);

/** As much as nobody has: a call that finds nothing to spend ends early, and would tell its other reads later. */
const PLENTY = 1n << 60n;

/** An answer that a state could give, if nothing stood in it but money. */
function guessFor({ kind }: Read): ReadAnswer {
  switch (kind) {
    case 'balance':
      return { kind: 'amount', amount: PLENTY };
    case 'reserve':
      return { kind: 'reserve', amount: PLENTY, thawing: 0n, thawEpoch: 0 };
    case 'scan':
      return { kind: 'rows', rows: [] };
    case 'children':
      return { kind: 'links', links: [] };
    case 'pot':
    case 'moduleStake':
    case 'validatorStake':
      return { kind: 'amount', amount: 0n };
    default:
      return { kind: 'nothing' };
  }
}
