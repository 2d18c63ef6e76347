/**
 * What a module remembers between calls: JSON values by key, in the server's directory (seed 0: "a state is a set of
 * variables that are stored locally by the module").
 *
 * A call sees what other calls have committed and what it has written itself. What it writes becomes real in the same
 * write as its receipt, or not at all. A call that writes and has read what another one changed meanwhile is refused
 * with STATE_CONFLICT; `update` changes a value without that risk.
 */
import { Refusal } from '../errors.ts';
import { canonicalJson, type Json } from '../protocol/index.ts';
import { type Commit, contains, type Range, type StateBase } from './stateBase.ts';

export type StateOp =
  | { readonly type: 'put'; readonly key: string; readonly value: Json }
  | { readonly type: 'delete'; readonly key: string };

/** Undefined in and out is "no value". */
export type Change = (value: Json | undefined) => Json | undefined;

export interface State {
  get(key: string): Promise<Json | undefined>;
  put(key: string, value: Json): void;
  delete(key: string): void;
  /** Several of them, in order. */
  batch(ops: readonly StateOp[]): void;
  /**
   * Replaces a value by a function of it. `change` is pure and synchronous: it runs when the call is answered, on the
   * newest value, whatever other calls have done meanwhile; and before, if this call reads the key.
   */
  update(key: string, change: Change): void;
  /** Keys and values in the order of the keys' UTF-8 bytes. */
  range(range?: Range): AsyncIterable<readonly [key: string, value: Json]>;
}

export const STATE_LIMITS = {
  /** Bytes of a key in UTF-8. */
  key: 512,
  /** Bytes of a value's JCS text. */
  value: 1024 * 1024,
  /** Keys that one call can write. */
  writes: 10_000,
  /** Bytes of the values that one call can write. */
  bytes: 8 * 1024 * 1024,
} as const;

/** What a call wants to become of a key: a text, nothing (null), or functions of what will be there. */
type Wish = { readonly text: string | null } | { readonly changes: readonly Change[] };

export interface CallState extends State {
  /**
   * Makes what was written the newest values; null if nothing was. Throws STATE_CONFLICT, or what an `update` throws.
   * The call cannot use its state any more.
   */
  commit(): Commit | null;
  /** Nothing that was written counts, nor what will be. */
  discard(): void;
}

export function openCallState(base: StateBase): CallState {
  const wishes = new Map<string, Wish>();
  const reads: { readonly range: Range | string; readonly seen: number }[] = [];
  let bytes = 0;
  let over = false;

  function wish(key: string, change: Wish): void {
    if (over) throw new TypeError('the call is over, its state cannot be written any more');
    checkKey(key);
    const before = wishes.get(key);
    bytes += sizeOf(change) - sizeOf(before);
    if (bytes > STATE_LIMITS.bytes)
      throw new RangeError(`one call writes at most ${STATE_LIMITS.bytes} bytes of state`);
    if (before === undefined && wishes.size >= STATE_LIMITS.writes)
      throw new RangeError(`one call writes at most ${STATE_LIMITS.writes} keys`);
    wishes.set(key, change);
  }

  function put(key: string, value: Json): void {
    wish(key, { text: textOf(key, value) });
  }

  function remove(key: string): void {
    wish(key, { text: null });
  }

  /** As this call sees it. */
  function read(key: string): string | null {
    const wished = wishes.get(key);
    if (wished === undefined) return base.read(key);
    return 'text' in wished ? wished.text : changed(key, base.read(key), wished.changes);
  }

  function note(range: Range | string): void {
    if (over) throw new TypeError('the call is over, its state cannot be read any more');
    reads.push({ range, seen: base.version() });
  }

  return {
    put,
    delete: remove,
    async get(key) {
      checkKey(key);
      note(key);
      return parsed(read(key));
    },
    batch(ops) {
      for (const op of ops) {
        if (op.type === 'put') put(op.key, op.value);
        else remove(op.key);
      }
    },
    update(key, change) {
      const wished = wishes.get(key);
      if (wished === undefined) wish(key, { changes: [change] });
      else if ('changes' in wished) wish(key, { changes: [...wished.changes, change] });
      else wish(key, { text: changed(key, wished.text, [change]) });
    },
    async *range(range = {}) {
      note(range);
      const own = [...wishes.keys()].filter(key => contains(range, key));
      let left = range.limit ?? Number.POSITIVE_INFINITY;
      for await (const key of base.keys(range, own)) {
        if (left <= 0) return;
        const text = read(key);
        if (text === null) continue;
        left--;
        yield [key, JSON.parse(text) as Json];
      }
    },
    commit() {
      over = true;
      if (wishes.size === 0) return null;
      for (const { range, seen } of reads)
        if (base.changedSince(range, seen))
          throw new Refusal('STATE_CONFLICT', 'another call changed what this one has read');
      return base.commit(new Map([...wishes.keys()].map(key => [key, read(key)])));
    },
    discard() {
      over = true;
      wishes.clear();
    },
  };
}

const parsed = (text: string | null): Json | undefined => (text === null ? undefined : JSON.parse(text));

function changed(key: string, text: string | null, changes: readonly Change[]): string | null {
  const value = changes.reduce<Json | undefined>((before, change) => change(before), parsed(text));
  return value === undefined ? null : textOf(key, value);
}

function textOf(key: string, value: Json): string {
  const text = canonicalJson(value);
  if (Buffer.byteLength(text) > STATE_LIMITS.value)
    throw new RangeError(`the state ${key} is over ${STATE_LIMITS.value} bytes`);
  return text;
}

const sizeOf = (wished: Wish | undefined): number =>
  wished !== undefined && 'text' in wished && wished.text !== null ? wished.text.length : 0;

function checkKey(key: string): void {
  if (typeof key !== 'string') throw new TypeError(`a key of the state is a text, not a ${typeof key}`);
  const size = Buffer.byteLength(key);
  if (size === 0 || size > STATE_LIMITS.key || /\p{Surrogate}/u.test(key))
    throw new RangeError(`a key of the state has 1 to ${STATE_LIMITS.key} bytes of UTF-8`);
}
