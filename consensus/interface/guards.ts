/**
 * What a view refuses to be asked, the same in every runner: a read outside its types is a defect of the module, and
 * must not be an answer in one process and an error in another.
 */
import type { ScanOptions, StakeTarget } from './types.ts';

const ACCOUNT = /^0x[0-9a-f]{64}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const MAX_U32 = 0xffff_ffff;

export function guardBytes(value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`a key is a Uint8Array, not ${typeof value}`);
}

export function guardScan(prefix: Uint8Array, { after, limit }: ScanOptions): void {
  guardBytes(prefix);
  if (after !== undefined) guardBytes(after);
  if (limit !== undefined && !isWhole(limit, Number.MAX_SAFE_INTEGER))
    throw new TypeError(`a limit is a whole number, not ${limit}`);
}

export function guardAccount(account: string): void {
  if (typeof account !== 'string' || !ACCOUNT.test(account))
    throw new TypeError('an account is 32 bytes of lower-case 0x hex');
}

export function guardId(id: number): void {
  if (!isWhole(id, MAX_U32)) throw new TypeError(`the id of a module is a u32, not ${id}`);
}

export function guardEpoch(epoch: number): void {
  if (!isWhole(epoch, Number.MAX_SAFE_INTEGER))
    throw new TypeError(`an epoch is a whole number, not ${epoch}`);
}

export function guardFunction(fn: string): void {
  if (typeof fn !== 'string' || LONE_SURROGATE.test(fn))
    throw new TypeError('the name of a function is a text without lone surrogates');
}

export function guardTarget(target: StakeTarget): void {
  if (target.kind === 'module') guardId(target.module);
  else if (target.kind === 'validator') guardAccount(target.validator);
  else throw new TypeError('stake is on a module or on a validator');
}

const isWhole = (value: unknown, max: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
