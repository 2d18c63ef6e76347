/** Results that wait for their turn, and whether what they rest on is what the state says then. */
import type { View } from '../../consensus/interface/index.ts';
import type { Entry, Knowledge } from './knowledge.ts';
import { fingerprintOf, isSame, readAnswer } from './reads.ts';
import { horizonOf, Touched } from './touched.ts';
import type { JobResult, Ran, Read } from './wire.ts';

/** When the state last said this to a read. */
interface Check {
  readonly print: Uint8Array;
  readonly horizon: string | null;
  readonly since: number;
  readonly terms: number;
}

type Done = Ran['done'][number];

export class Batch {
  /** The first job of it, in the block. */
  readonly start: number;
  readonly #ran: Ran;
  readonly #knowledge: Knowledge;
  readonly #touched = new Touched();
  readonly #checks = new Map<number, Check>();

  constructor(start: number, ran: Ran, knowledge: Knowledge) {
    this.start = start;
    this.#ran = ran;
    this.#knowledge = knowledge;
  }

  at(place: number): Done | undefined {
    return this.#ran.done[place - this.start];
  }

  readsOf({ reads }: Done): readonly Read[] {
    return reads.flatMap(place => this.#knowledge.get(this.#ran.answers[place]?.id ?? -1)?.read ?? []);
  }

  /** The state said so before the first of these jobs. */
  knew({ id }: Entry, print: Uint8Array, horizon: string | null, terms: number): void {
    this.#checks.set(id, { print, horizon, since: 0, terms });
  }

  /** Whether all that this job read is what the state says now. `terms`: see PlannedJob. */
  holds({ reads }: Done, view: View, terms: number): boolean {
    return reads.every(place => {
      const answer = this.#ran.answers[place];
      const entry = answer && this.#knowledge.get(answer.id);
      return entry !== undefined && this.#says(entry, answer?.print, view, terms);
    });
  }

  #says(entry: Entry, print: Uint8Array | undefined, view: View, terms: number): boolean {
    if (print === undefined) return false;
    const { id, read } = entry;
    const last = this.#checks.get(id);
    const since = this.#touched.now;
    const isAsBefore =
      last !== undefined &&
      last.terms === terms &&
      isSame(last.print, print) &&
      !this.#touched.mayChange(entry, last.since, last.horizon);
    if (isAsBefore) {
      // So that the same writes are not looked through again.
      if (read.kind === 'scan') this.#checks.set(id, { ...last, since });
      return true;
    }
    const { answer, encoded } = readAnswer(view, read);
    if (!isSame(fingerprintOf(encoded), print)) return false;
    this.#checks.set(id, { print, horizon: horizonOf(read, answer), since, terms });
    return true;
  }

  took(result: JobResult): void {
    this.#touched.add(result);
  }
}
