/** What the process was told of the state, bounded by the node, which says what to forget. */
import { decode, encode } from '../../../consensus/interface/index.ts';
import { readName } from '../readName.ts';
import { fingerprintOf } from '../reads.ts';
import { Read, ReadAnswer, type Told } from '../wire.ts';
import type { Effects } from './effects.ts';
import { answerAfter, type Named } from './overlay.ts';

export interface Known extends Named {
  readonly id: number;
  /** null where outcomes left it unknown: it must be told anew. */
  answer: ReadAnswer | null;
  print: Uint8Array;
}

export class Memory {
  readonly #byName = new Map<string, Known>();
  readonly #byId = new Map<number, string>();
  /** Scans must be looked through; all other reads that an outcome changes can be named. */
  readonly #scans = new Set<Known>();

  find(name: string): Known | undefined {
    return this.#byName.get(name);
  }

  tell({ id, read: encoded, answer }: Told): void {
    this.forget(id);
    const read = decode(Read, encoded);
    const name = readName(read);
    const entry: Known = { id, name, read, answer: decode(ReadAnswer, answer), print: fingerprintOf(answer) };
    this.#byName.set(name, entry);
    this.#byId.set(id, name);
    if (read.kind === 'scan') this.#scans.add(entry);
  }

  forget(id: number): void {
    const name = this.#byId.get(id);
    if (name === undefined) return;
    const entry = this.#byName.get(name);
    this.#byId.delete(id);
    this.#byName.delete(name);
    if (entry !== undefined) this.#scans.delete(entry);
  }

  /** What the node took over of the outcomes here: its state is that much further. */
  fold(effects: Effects): void {
    if (effects.isEmpty) return;
    for (const name of effects.touched()) {
      const entry = this.find(name);
      if (entry !== undefined) bringUp(entry, effects);
    }
    for (const entry of this.#scans) bringUp(entry, effects);
  }
}

function bringUp(entry: Known, effects: Effects): void {
  if (entry.answer === null) return;
  const after = answerAfter(effects, entry, entry.answer);
  if (after === entry.answer) return;
  entry.answer = after;
  if (after !== null) entry.print = fingerprintOf(encode(ReadAnswer, after));
}
