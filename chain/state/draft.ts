import type { ScanOptions } from '../../consensus/interface/index.ts';
import { fromKeyString, toKeyString } from './keys.ts';
import { entriesUnder, type Ordered, ordered } from './ordered.ts';
import type { Change, Row, StateReader } from './state.ts';

/** A point that a draft can go back to. */
export interface Mark {
  readonly overlay: Ordered<Uint8Array | null>;
}

/** Changes on top of a state that are not part of it yet. */
export class Draft implements StateReader {
  readonly #base: StateReader;
  #overlay: Ordered<Uint8Array | null> = ordered();

  constructor(base: StateReader) {
    this.#base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const changed = this.#overlay.get(toKeyString(key));
    return changed === undefined ? this.#base.get(key) : (changed ?? undefined);
  }

  *scan(prefix: Uint8Array, { after, limit = Number.POSITIVE_INFINITY }: ScanOptions = {}): Iterable<Row> {
    let left = limit;
    if (left <= 0) return;
    // A clone, so that whoever scans may write to what it finds.
    const overlay = entriesUnder(this.#overlay.clone(), toKeyString(prefix), after && toKeyString(after));
    const base = this.#base.scan(prefix, after === undefined ? {} : { after });
    for (const [key, value] of merged(base, overlay)) {
      if (value === null) continue;
      yield [key, value];
      if (--left <= 0) return;
    }
  }

  /** Copies the value: what the caller does with its bytes afterwards changes nothing. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.#overlay.set(toKeyString(key), new Uint8Array(value));
  }

  delete(key: Uint8Array): void {
    this.#overlay.set(toKeyString(key), null);
  }

  /** Remembers this point, in O(1). */
  mark(): Mark {
    return { overlay: this.#overlay.clone() };
  }

  /** Forgets everything since the mark, which can be used again. */
  rollback(mark: Mark): void {
    this.#overlay = mark.overlay.clone();
  }

  /** What was changed: each key once, in ascending byte order. */
  changes(): Change[] {
    return Array.from(this.#overlay.entries(), ([key, value]) => ({ key: fromKeyString(key), value }));
  }
}

/** Two ascending sequences as one; of equal keys the overlay's entry counts. */
function* merged(
  base: Iterable<Row>,
  overlay: Iterator<readonly [string, Uint8Array | null]>,
): Generator<readonly [Uint8Array, Uint8Array | null]> {
  let next = overlay.next();
  for (const row of base) {
    const key = toKeyString(row[0]);
    while (!next.done && next.value[0] < key) {
      yield [fromKeyString(next.value[0]), next.value[1]];
      next = overlay.next();
    }
    if (!next.done && next.value[0] === key) {
      yield [row[0], next.value[1]];
      next = overlay.next();
    } else yield row;
  }
  while (!next.done) {
    yield [fromKeyString(next.value[0]), next.value[1]];
    next = overlay.next();
  }
}
