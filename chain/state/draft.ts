import type { ScanOptions } from '../../consensus/interface/index.ts';
import { compareKeys, fromKeyString, toKeyString } from './keys.ts';
import { entriesUnder, type Ordered, ordered } from './ordered.ts';
import type { Change, Row, StateReader } from './state.ts';

/** A point that a draft can go back to. */
export type Mark = number & { readonly mark: unique symbol };

/** What a draft holds for a key: a new value, null if it is deleted, undefined if it is the base's. */
type Held = Uint8Array | null | undefined;

/** Changes on top of a state that are not part of it yet. */
export class Draft implements StateReader {
  readonly #base: StateReader;
  readonly #held = new Map<string, Uint8Array | null>();
  /** The keys of `#held` in order, but for the new ones: most drafts write far more than they scan. */
  readonly #order: Ordered<true> = ordered();
  /** Keys of `#held` that came since the last scan. One that was rolled back again may stand here still. */
  #unordered: string[] = [];
  /** What each write replaced, so that it can be taken back. */
  readonly #undo: { readonly key: string; readonly before: Held }[] = [];

  constructor(base: StateReader) {
    this.#base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const held = this.#held.get(toKeyString(key));
    return held === undefined ? this.#base.get(key) : (held ?? undefined);
  }

  /** See {@link StateReader.scan}. Rows changed meanwhile come as they are when the scan reaches them; new ones don't. */
  *scan(prefix: Uint8Array, { after, limit = Number.POSITIVE_INFINITY }: ScanOptions = {}): Iterable<Row> {
    let left = limit;
    if (left <= 0) return;
    const base = this.#base.scan(prefix, after === undefined ? {} : { after });
    // A clone takes O(1), and lets whoever scans write.
    const changed = entriesUnder(this.#ordered().clone(), toKeyString(prefix), after && toKeyString(after));
    for (const [key, original] of merged(base, changed)) {
      const held = this.#held.get(toKeyString(key));
      const value = held === undefined ? original : held;
      if (value === null) continue;
      yield [key, value];
      if (--left <= 0) return;
    }
  }

  /** Copies the value: what the caller does with its bytes afterwards changes nothing. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.#hold(toKeyString(key), new Uint8Array(value));
  }

  delete(key: Uint8Array): void {
    this.#hold(toKeyString(key), null);
  }

  /** Remembers this point, in O(1). */
  mark(): Mark {
    return this.#undo.length as Mark;
  }

  /** Takes back everything since the mark, which stays valid. Marks made since then are void. */
  rollback(mark: Mark): void {
    if (mark > this.#undo.length)
      throw new RangeError('the mark was made after a point already rolled back to');
    for (const { key, before } of this.#undo.splice(mark).reverse()) {
      if (before !== undefined) this.#held.set(key, before);
      else {
        this.#held.delete(key);
        this.#order.delete(key);
      }
    }
  }

  /** What was changed: each key once, in ascending byte order. */
  changes(): Change[] {
    const held = [...this.#held].sort(([a], [b]) => compareKeys(a, b));
    return held.map(([key, value]) => ({ key: fromKeyString(key), value }));
  }

  #ordered(): Ordered<true> {
    for (const key of this.#unordered) if (this.#held.has(key)) this.#order.set(key, true);
    this.#unordered = [];
    return this.#order;
  }

  #hold(key: string, value: Uint8Array | null): void {
    const before = this.#held.get(key);
    if (before === undefined) this.#unordered.push(key);
    this.#undo.push({ key, before });
    this.#held.set(key, value);
  }
}

/** The keys of base and draft in one ascending sequence, with the base's values; null where it has none. */
function* merged(
  base: Iterable<Row>,
  changed: Iterator<readonly [string, true]>,
): Generator<readonly [Uint8Array, Uint8Array | null]> {
  let next = changed.next();
  for (const row of base) {
    const key = toKeyString(row[0]);
    for (; !next.done && next.value[0] < key; next = changed.next())
      yield [fromKeyString(next.value[0]), null];
    if (!next.done && next.value[0] === key) next = changed.next();
    yield row;
  }
  for (; !next.done; next = changed.next()) yield [fromKeyString(next.value[0]), null];
}
