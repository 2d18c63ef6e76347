/** Whether what a module returned is an outcome at all. Limits and money are the kernel's to judge. */
import type { Outcome } from './types.ts';

const ACCOUNT = /^0x[0-9a-f]{64}$/;
const MAX_AMOUNT = 0xffff_ffff_ffff_ffffn;

/** What a module returned is no outcome; its call fails by that. */
export class OutcomeError extends Error {
  override readonly name = 'OutcomeError';
}

type Fields = Readonly<Record<string, unknown>>;

/** The value itself, once every field that anybody will read is known to be of its type. Throws {@link OutcomeError}. */
export function plainOutcome(value: unknown): Outcome {
  const outcome = object(value, 'the outcome');
  if (outcome.ok === false) {
    if (typeof outcome.code !== 'string' || typeof outcome.message !== 'string')
      throw new OutcomeError('code and message of a refusal are not texts');
    return value as Outcome;
  }
  if (outcome.ok !== true) throw new OutcomeError('ok is neither true nor false');
  for (const op of array(outcome.ops, 'ops')) requireOp(op);
  for (const event of array(outcome.events ?? [], 'events')) requireEvent(event);
  return value as Outcome;
}

function requireOp(value: unknown): void {
  const op = object(value, 'an op');
  switch (op.op) {
    case 'transfer':
      requireAmount(op.amount);
      requireLedger(op.from);
      requireLedger(op.to);
      return;
    case 'put':
      requireBytes(op.key, 'a key');
      requireBytes(op.value, 'a value');
      return;
    case 'delete':
      requireBytes(op.key, 'a key');
      return;
    case 'mint':
    case 'burn':
      requireAmount(op.amount);
      return;
    default:
      throw new OutcomeError('an op of an unknown kind');
  }
}

function requireLedger(value: unknown): void {
  const ledger = object(value, 'a ledger');
  if (ledger.kind === 'pot') return;
  if (ledger.kind === 'account') requireAccount(ledger.account);
  else if (ledger.kind === 'reserve') {
    requireAccount(ledger.client);
    requireAccount(ledger.server);
  } else throw new OutcomeError('a ledger of an unknown kind');
}

function requireEvent(value: unknown): void {
  const event = object(value, 'an event');
  if (typeof event.name !== 'string') throw new OutcomeError('the name of an event is not a text');
  requireBytes(event.data, 'the data of an event');
}

/** A negative amount would turn a payment round, so nothing here trusts the type alone. */
function requireAmount(value: unknown): void {
  if (typeof value !== 'bigint' || value < 0n || value > MAX_AMOUNT)
    throw new OutcomeError('an amount is not a bigint that fits u64');
}

function requireAccount(value: unknown): void {
  if (typeof value !== 'string' || !ACCOUNT.test(value))
    throw new OutcomeError('an account is not 32 bytes of lower-case hex');
}

function requireBytes(value: unknown, what: string): void {
  if (!(value instanceof Uint8Array)) throw new OutcomeError(`${what} is not bytes`);
}

function array(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new OutcomeError(`${what} are not an array`);
  return value;
}

function object(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null) throw new OutcomeError(`${what} is not an object`);
  return value as Fields;
}
