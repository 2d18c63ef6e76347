/** The committed state of a module under the calls that work on it: the newest value of each key, and who changed what. */
import type { Database } from '../level.ts';
import type { Row } from './journal.ts';

/** Which keys, by the order of their UTF-8 bytes; all when empty. */
export interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly prefix?: string;
  /** From the last key to the first. */
  readonly reverse?: boolean;
  /** Most entries that come. */
  readonly limit?: number;
}

export interface StateBase {
  /** Rises with each commit. */
  version(): number;
  /** The newest committed text, on the disk or on its way there; null if there is none. */
  read(key: string): string | null;
  /** Keys in a range, with `own` ones between them, in order. */
  keys(range: Range, own: readonly string[]): AsyncIterable<string>;
  /** Whether a commit after this version wrote the key, or a key in the range. */
  changedSince(range: Range | string, version: number): boolean;
  /** Makes texts the newest ones, null for none. */
  commit(writes: ReadonlyMap<string, string | null>): Commit;
}

export interface Commit {
  readonly rows: readonly Row[];
  /** Called when the rows are on the disk, or failed to get there: from then on the disk says what holds. */
  done(): void;
}

const STATE = Buffer.from('s');
const AFTER_STATE = Buffer.from('t');
/** Keys whose last change is remembered. Beyond it the oldest half is forgotten, and old readers count as overtaken. */
const REMEMBERED = 20_000;

/** `flushed` resolves when everything that is on its way is on the disk. */
export function openStateBase(database: Database, flushed: () => Promise<void>): StateBase {
  let version = 0;
  /** Version up to which changes were forgotten. */
  let forgotten = 0;
  /** Last change of a key, oldest first. */
  const changes = new Map<string, number>();
  const onTheWay = new Map<string, { readonly text: string | null; readonly version: number }>();

  function remember(key: string): void {
    changes.delete(key);
    changes.set(key, version);
    if (changes.size <= REMEMBERED) return;
    for (const [old, at] of changes) {
      if (changes.size <= REMEMBERED / 2) return;
      changes.delete(old);
      forgotten = at;
    }
  }

  return {
    version: () => version,
    read(key) {
      const pending = onTheWay.get(key);
      if (pending !== undefined) return pending.text;
      const value = database.getSync(keyOf(key));
      return value === undefined ? null : Buffer.from(value).toString('utf8');
    },
    async *keys(range, own) {
      if (onTheWay.size > 0) await flushed();
      const reverse = range.reverse === true;
      const mine = [...own].sort(reverse ? (a, b) => compare(b, a) : compare);
      const stored = database.keys<Uint8Array>({ gte: STATE, lt: AFTER_STATE, ...boundsOf(range), reverse });
      let next = 0;
      for await (const raw of stored) {
        const key = Buffer.from(raw.subarray(1)).toString('utf8');
        if (!contains(range, key)) continue;
        for (let at = mine[next]; at !== undefined && isBefore(at, key, reverse); at = mine[++next]) yield at;
        if (mine[next] === key) next++;
        yield key;
      }
      yield* mine.slice(next);
    },
    changedSince(range, since) {
      if (since < forgotten) return true;
      if (typeof range === 'string') return (changes.get(range) ?? 0) > since;
      for (const [key, at] of changes) if (at > since && contains(range, key)) return true;
      return false;
    },
    commit(writes) {
      version++;
      const mine = version;
      for (const [key, text] of writes) {
        remember(key);
        onTheWay.set(key, { text, version: mine });
      }
      return {
        rows: [...writes].map(([key, text]) =>
          text === null
            ? { type: 'del', key: keyOf(key) }
            : { type: 'put', key: keyOf(key), value: Buffer.from(text, 'utf8') },
        ),
        done() {
          for (const key of writes.keys()) if (onTheWay.get(key)?.version === mine) onTheWay.delete(key);
        },
      };
    },
  };
}

/** Whether a range has a key in it, whatever its limit. */
export function contains({ gt, gte, lt, lte, prefix }: Range, key: string): boolean {
  return (
    (prefix === undefined || key.startsWith(prefix)) &&
    (gt === undefined || compare(key, gt) > 0) &&
    (gte === undefined || compare(key, gte) >= 0) &&
    (lt === undefined || compare(key, lt) < 0) &&
    (lte === undefined || compare(key, lte) <= 0)
  );
}

/** Where to look; the tightest bounds are for {@link contains} to check. */
function boundsOf({ gt, gte, lt, lte, prefix }: Range): {
  gte?: Uint8Array;
  lt?: Uint8Array;
  lte?: Uint8Array;
} {
  const from = [gt, gte, prefix]
    .filter(bound => bound !== undefined)
    .sort(compare)
    .at(-1);
  const [to] = [lt, lte].filter(bound => bound !== undefined).sort(compare);
  return {
    ...(from === undefined ? {} : { gte: keyOf(from) }),
    ...(to === undefined ? prefixEnd(prefix) : { lte: keyOf(to) }),
  };
}

/** UTF-8 has no byte 0xff, so nothing with the prefix lies above it. */
const prefixEnd = (prefix: string | undefined): { lt?: Uint8Array } =>
  prefix === undefined ? {} : { lt: Buffer.concat([keyOf(prefix), Buffer.from([0xff])]) };

const isBefore = (a: string, b: string, reverse: boolean): boolean =>
  reverse ? compare(a, b) > 0 : compare(a, b) < 0;

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const keyOf = (key: string): Uint8Array => Buffer.concat([STATE, Buffer.from(key, 'utf8')]);
