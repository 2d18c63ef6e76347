/** Outcomes as text: equal texts mean equal bytes, and what has no text is not a plain outcome. */
import { type Event, type Ledger, type Op, type Outcome, toHex } from '../interface/index.ts';
import { ComplianceError } from './error.ts';

/** A text that is equal for equal outcomes. Throws NOT_PLAIN for anything that is not exactly an Outcome. */
export function outcomeText(outcome: unknown): string {
  const fields = plain(outcome, 'outcome');
  if (typeof fields.then === 'function') throw notPlain('the outcome is a promise: consensus is synchronous');
  if (fields.ok === false) {
    only(fields, ['ok', 'code', 'message'], 'outcome');
    if (typeof fields.code !== 'string' || !/^[A-Z][A-Z0-9_]{0,47}$/.test(fields.code))
      throw notPlain(`the code ${String(fields.code)} is not upper-case words joined by underscores`);
    if (typeof fields.message !== 'string') throw notPlain('the message is not a text');
    return JSON.stringify(['fail', fields.code, fields.message]);
  }
  if (fields.ok !== true) throw notPlain('ok is neither true nor false');
  only(fields, ['ok', 'ops', 'events', 'more'], 'outcome');
  if (fields.more !== undefined && typeof fields.more !== 'boolean') throw notPlain('more is not a boolean');
  const ops = items(fields.ops, 'ops').map(opText);
  const events = items(fields.events ?? [], 'events').map(eventText);
  return JSON.stringify(['ok', ops, events, fields.more === true]);
}

/** The outcome itself, once its text could be made. */
export const checkedOutcome = (outcome: unknown): { readonly outcome: Outcome; readonly text: string } => ({
  text: outcomeText(outcome),
  outcome: outcome as Outcome,
});

function opText(value: unknown): unknown {
  const fields = plain(value, 'op') as Partial<Record<keyof Op | string, unknown>>;
  switch (fields.op) {
    case 'transfer':
      only(fields, ['op', 'from', 'to', 'amount'], 'transfer');
      return ['transfer', ledgerText(fields.from), ledgerText(fields.to), amountText(fields.amount)];
    case 'put':
      only(fields, ['op', 'key', 'value'], 'put');
      return ['put', bytesText(fields.key, 256), bytesText(fields.value, 64 * 1024)];
    case 'delete':
      only(fields, ['op', 'key'], 'delete');
      return ['delete', bytesText(fields.key, 256)];
    case 'mint':
    case 'burn':
      only(fields, ['op', 'amount'], fields.op);
      return [fields.op, amountText(fields.amount)];
    default:
      throw notPlain(`there is no op ${String(fields.op)}`);
  }
}

function ledgerText(value: unknown): unknown {
  const fields = plain(value, 'ledger') as Partial<Record<keyof Ledger | string, unknown>>;
  if (fields.kind === 'pot') return ['pot'];
  if (fields.kind === 'account') return ['account', accountText(fields.account)];
  if (fields.kind === 'reserve') return ['reserve', accountText(fields.client), accountText(fields.server)];
  throw notPlain(`there is no ledger ${String(fields.kind)}`);
}

function eventText(value: unknown): unknown {
  const fields = plain(value, 'event') as Partial<Record<keyof Event, unknown>>;
  only(fields, ['name', 'data'], 'event');
  if (typeof fields.name !== 'string') throw notPlain('the name of an event is not a text');
  return [fields.name, bytesText(fields.data, 64 * 1024)];
}

function amountText(value: unknown): string {
  if (typeof value !== 'bigint' || value <= 0n || value > 0xffff_ffff_ffff_ffffn)
    throw notPlain(`the amount ${String(value)} is not a bigint from 1 to 2^64 - 1`);
  return value.toString();
}

function accountText(value: unknown): string {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{64}$/.test(value))
    throw notPlain('an account is not 0x hex');
  return value;
}

function bytesText(value: unknown, max: number): string {
  if (!(value instanceof Uint8Array)) throw notPlain('keys, values and data are Uint8Arrays');
  if (value.length > max) throw notPlain(`${value.length} bytes are over the limit of ${max}`);
  return toHex(value);
}

function items(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw notPlain(`${what} is not an array`);
  return value;
}

function plain(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw notPlain(`${what} is not an object`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !(value instanceof Promise))
    throw notPlain(`${what} is an instance of a class`);
  return value as Record<string, unknown>;
}

function only(fields: object, allowed: readonly string[], what: string): void {
  const extra = Object.keys(fields).find(name => !allowed.includes(name));
  if (extra !== undefined) throw notPlain(`${what} has the unknown field ${extra}`);
}

const notPlain = (message: string): ComplianceError => new ComplianceError('NOT_PLAIN', message);
