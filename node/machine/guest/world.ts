/** What code finds in the machine beside its language, before any other code is there. */
import { toHex } from '../../../consensus/interface/index.ts';
import { ASK } from '../messages.ts';
import { Utf8Encoder } from './text.ts';

type Ask = (op: number, payload: Uint8Array) => Uint8Array;
/** The only way out; nobody else finds it. */
export const ask = (globalThis as unknown as { ask: Ask }).ask;
Reflect.deleteProperty(globalThis, 'ask');

const define = (name: string, value: unknown): void => {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
};

/** Bits of a float are not the same on all processors when it is no number. */
for (const name of ['Float16Array', 'Float32Array', 'Float64Array']) Reflect.deleteProperty(globalThis, name);
for (const name of ['Float16', 'Float32', 'Float64'])
  for (const way of ['get', 'set']) Reflect.deleteProperty(DataView.prototype, `${way}${name}`);

const forbid = (owner: object, name: string): void => {
  Object.defineProperty(owner, name, {
    configurable: true,
    get() {
      throw new Error(`FORBIDDEN_SOURCE: ${name} is read while consensus-critical code runs`);
    },
  });
};
for (const name of ['Date', 'performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate', 'fetch'])
  forbid(globalThis, name);
for (const name of ['queueMicrotask', 'Intl', 'process', 'WeakRef', 'FinalizationRegistry'])
  forbid(globalThis, name);
forbid(Math, 'random');

const print = (...values: unknown[]): void => {
  ask(ASK.print, new Utf8Encoder().encode(values.map(shown).join(' ')));
};
const shown = (value: unknown): string => {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return String(value.stack ?? value);
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? '';
};
define('console', { log: print, info: print, debug: print, warn: print, error: print, trace: print });

type Digest = (data: string | Uint8Array) => Uint8Array;
const digestBy =
  (op: number): Digest =>
  data =>
    ask(op, typeof data === 'string' ? new Utf8Encoder().encode(data) : data);
const DIGESTS: Readonly<Record<string, Digest>> = {
  sha256: digestBy(ASK.sha256),
  blake2b512: digestBy(ASK.blake2b512),
};

/** As of `node:crypto`, so that code runs in the machine as it does elsewhere. */
export function hash(
  algorithm: string,
  data: string | Uint8Array,
  form: 'hex' | 'buffer' = 'hex',
): string | Uint8Array {
  const digest = Object.hasOwn(DIGESTS, algorithm) ? DIGESTS[algorithm] : undefined;
  if (digest === undefined) throw new Error(`the machine has no digest ${algorithm}`);
  const found = digest(data);
  return form === 'buffer' ? found : toHex(found).slice(2);
}
