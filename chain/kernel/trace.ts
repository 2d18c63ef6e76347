/**
 * Looking on while the code of a consensus module answers. Nothing here executes: the questions, the views and the
 * answers are the kernel's own, and whoever looks on changes none of them.
 */
import type {
  Account,
  Amount,
  Capability,
  LinkView,
  ModuleView,
  Reserve,
  ScanOptions,
  StakeTarget,
  View,
} from '../../consensus/interface/index.ts';
import { CapabilityError } from '../../consensus/interface/index.ts';
import type { State } from '../state/index.ts';
import type { Answer, Ask } from './ask.ts';
import type { Execution } from './types.ts';

/** One read of a view with what came of it; `value` undefined where there is nothing. */
export type TracedRead =
  | { readonly read: 'get'; readonly key: Uint8Array; readonly value: Uint8Array | undefined }
  | {
      readonly read: 'scan';
      readonly prefix: Uint8Array;
      readonly options: ScanOptions;
      readonly value: readonly (readonly [key: Uint8Array, value: Uint8Array])[];
    }
  | { readonly read: 'pot'; readonly value: Amount }
  | { readonly read: 'balance'; readonly account: Account; readonly value: Amount }
  | {
      readonly read: 'reserve';
      readonly client: Account;
      readonly server: Account;
      readonly value: Reserve | undefined;
    }
  | {
      readonly read: 'module';
      readonly module: number | Account;
      /** undefined for the block's. */
      readonly epoch: number | undefined;
      readonly value: ModuleView | undefined;
    }
  | {
      readonly read: 'price';
      readonly module: number;
      readonly fn: string;
      readonly epoch: number;
      readonly value: Amount | undefined;
    }
  | {
      readonly read: 'children';
      readonly parent: number;
      readonly epoch: number;
      readonly value: readonly LinkView[];
    }
  | { readonly read: 'stake'; readonly target: StakeTarget; readonly value: Amount }
  /** It has no capability for this one. */
  | { readonly read: 'denied'; readonly of: string; readonly capability: Capability };

/** A question to a consensus module, without the state behind it, and the answer. */
export interface Answered {
  readonly place: Ask['place'];
  readonly transaction: Ask['transaction'];
  readonly kind: Ask['work']['kind'];
  /** The epoch that is being closed; null for other work. */
  readonly closing: number | null;
  readonly answer: Answer;
}

export const answered = ({ place, transaction, work }: Ask, answer: Answer): Answered => ({
  place,
  transaction,
  kind: work.kind,
  closing: work.kind === 'closeEpoch' ? work.closing : null,
  answer,
});

/** The same question over a view that tells of each read. A genesis reads nothing. */
export function recordedAsk(ask: Ask, note: (read: TracedRead) => void): Ask {
  if (ask.work.kind === 'genesis') return ask;
  return { ...ask, work: { ...ask.work, view: recordingView(ask.work.view, note) } };
}

/** The view as it is; each read that was answered or denied is told of. */
export function recordingView(view: View, note: (read: TracedRead) => void): View {
  function told<Value>(of: keyof View, read: () => Value, as: (value: Value) => TracedRead): Value {
    try {
      const value = read();
      note(as(value));
      return value;
    } catch (error) {
      if (error instanceof CapabilityError) note({ read: 'denied', of, capability: error.capability });
      throw error;
    }
  }
  return {
    get: key =>
      told(
        'get',
        () => view.get(key),
        value => ({ read: 'get', key: copy(key), value: value && copy(value) }),
      ),
    scan: (prefix, options = {}) =>
      told(
        'scan',
        () => view.scan(prefix, options),
        value => ({
          read: 'scan',
          prefix: copy(prefix),
          options,
          value: value.map(([key, row]) => [copy(key), copy(row)] as const),
        }),
      ),
    pot: () =>
      told(
        'pot',
        () => view.pot(),
        value => ({ read: 'pot', value }),
      ),
    balance: account =>
      told(
        'balance',
        () => view.balance(account),
        value => ({ read: 'balance', account, value }),
      ),
    reserve: (client, server) =>
      told(
        'reserve',
        () => view.reserve(client, server),
        value => ({ read: 'reserve', client, server, value }),
      ),
    module: (module, epoch) =>
      told(
        'module',
        () => view.module(module, epoch),
        value => ({ read: 'module', module, epoch, value }),
      ),
    price: (module, fn, epoch) =>
      told(
        'price',
        () => view.price(module, fn, epoch),
        value => ({ read: 'price', module, fn, epoch, value }),
      ),
    children: (parent, epoch) =>
      told(
        'children',
        () => view.children(parent, epoch),
        value => ({ read: 'children', parent, epoch, value }),
      ),
    stake: target =>
      told(
        'stake',
        () => view.stake(target),
        value => ({ read: 'stake', target, value }),
      ),
  };
}

/** The code under the view may write into what it was given. */
const copy = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** One row of the state in two states; null where it is not there. */
export interface RowChange {
  readonly key: Uint8Array;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

/**
 * The rows in which two executions on top of one state differ, ascending. Of a block up to a transaction and of the
 * same with the transaction, they are what the transaction changed.
 */
export function changesBetween(first: Execution, second: Execution): RowChange[] {
  const keys = new Map<string, Uint8Array>();
  for (const { key } of [...first.changes, ...second.changes])
    keys.set(Buffer.from(key).toString('latin1'), key);
  const differing: RowChange[] = [];
  for (const name of [...keys.keys()].sort()) {
    const key = keys.get(name);
    if (key === undefined) continue;
    const change = { key, before: rowOf(first.state, key), after: rowOf(second.state, key) };
    if (!isSame(change.before, change.after)) differing.push(change);
  }
  return differing;
}

/** What an execution made of the state before it. */
export const changesOf = (base: State, { changes }: Execution): RowChange[] =>
  changes.map(({ key, value }) => ({ key, before: rowOf(base, key), after: value }));

const rowOf = (state: State, key: Uint8Array): Uint8Array | null => state.get(key) ?? null;

const isSame = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
