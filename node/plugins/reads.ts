/** Reads of a view as values, and their answers. */
import { hash as digest } from 'node:crypto';
import { CapabilityError, encode, type View } from '../../consensus/interface/index.ts';
import { type Read, ReadAnswer } from './wire.ts';

/** Answers longer than this are compared by their hash. */
const SHORT = 64;
const HASHED = 0xff;
const DIGEST = 32;

/** See `fingerprint` in the wire format: equal for equal answers. */
export function fingerprintOf(answer: Uint8Array): Uint8Array {
  if (answer.length <= SHORT) return answer;
  const print = new Uint8Array(1 + DIGEST);
  print[0] = HASHED;
  print.set(digest('sha256', answer, 'buffer'), 1);
  return print;
}

export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.length === b.length && Buffer.compare(a, b) === 0);

/** The answer of a view to a read; a read beyond the capabilities has an answer too. */
export function readAnswer(
  view: View,
  read: Read,
): { readonly answer: ReadAnswer; readonly encoded: Uint8Array } {
  const answer = readOrDenied(view, read);
  return { answer, encoded: encode(ReadAnswer, answer) };
}

export const answerRead = (view: View, read: Read): Uint8Array => readAnswer(view, read).encoded;

function readOrDenied(view: View, read: Read): ReadAnswer {
  try {
    return readOf(view, read);
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error;
    return { kind: 'denied', capability: error.capability };
  }
}

const NOTHING = { kind: 'nothing' } as const;

function readOf(view: View, read: Read): ReadAnswer {
  switch (read.kind) {
    case 'get': {
      const value = view.get(read.key);
      return value === undefined ? NOTHING : { kind: 'bytes', value };
    }
    case 'scan': {
      const { prefix, after, limit } = read;
      const rows = view.scan(prefix, { after: after ?? undefined, limit: limit ?? undefined });
      return { kind: 'rows', rows: rows.map(([key, value]) => ({ key, value })) };
    }
    case 'pot':
      return amount(view.pot());
    case 'balance':
      return amount(view.balance(read.account));
    case 'reserve': {
      const reserve = view.reserve(read.client, read.server);
      return reserve === undefined ? NOTHING : { kind: 'reserve', ...reserve };
    }
    case 'module':
      return moduleOf(view.module(read.id, read.epoch ?? undefined));
    case 'moduleOf':
      return moduleOf(view.module(read.account, read.epoch ?? undefined));
    case 'price': {
      const price = view.price(read.module, read.fn, read.epoch);
      return price === undefined ? NOTHING : amount(price);
    }
    case 'children':
      return { kind: 'links', links: view.children(read.parent, read.epoch) };
    case 'moduleStake':
      return amount(view.stake({ kind: 'module', module: read.module }));
    case 'validatorStake':
      return amount(view.stake({ kind: 'validator', validator: read.validator }));
  }
}

const amount = (value: bigint): ReadAnswer => ({ kind: 'amount', amount: value });
const moduleOf = (found: ReturnType<View['module']>): ReadAnswer =>
  found === undefined ? NOTHING : { kind: 'module', ...found };
