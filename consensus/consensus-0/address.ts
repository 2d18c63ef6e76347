/**
 * SS58 addresses with prefix 42 (spec section 2). The signed header names accounts by address, so rebuilding its text
 * needs one per row of a claim; the chain has its own full version, which a consensus module does not import.
 *
 * An address is base58 of prefix, account and checksum. These 35 bytes start with 42, so they always make 48 digits:
 * six groups of eight, each of which fits a number exactly.
 */
import { hash } from 'node:crypto';
import { type Account, fromHex, toHex } from '../interface/index.ts';

const PREFIX = 42;
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DIGITS = 48;
const GROUP = 8;
/** Both digits of 0 to 58^2 - 1. */
const PAIRS = Array.from(ALPHABET, high => Array.from(ALPHABET, low => high + low)).flat();
const GROUP_SIZE = 58n ** BigInt(GROUP);
const BYTES = 35;
const CONTEXT = new TextEncoder().encode('SS58PRE');

/** Addresses that were written lately: claim after claim names the same clients. Anybody can name new ones. */
const written = new Map<Account, string>();
const MAX_WRITTEN = 4096;

export function toAddress(account: Account): string {
  const before = written.get(account);
  if (before !== undefined) return before;
  if (written.size >= MAX_WRITTEN) written.clear();
  const address = writeAddress(account);
  written.set(account, address);
  return address;
}

function writeAddress(account: Account): string {
  const raw = new Uint8Array(BYTES);
  raw[0] = PREFIX;
  raw.set(fromHex(account), 1);
  raw.set(checksum(raw.subarray(0, 33)), 33);
  let rest = BigInt(toHex(raw));
  let address = '';
  for (let at = 0; at < DIGITS; at += GROUP) {
    address = digitsOf(Number(rest % GROUP_SIZE)) + address;
    rest /= GROUP_SIZE;
  }
  return address;
}

/** The account of an address, or undefined for anything that {@link toAddress} would not have made. */
export function fromAddress(address: string): Account | undefined {
  if (address.length !== DIGITS) return undefined;
  let number = 0n;
  for (let at = 0; at < DIGITS; at += GROUP) {
    const group = numberOf(address.slice(at, at + GROUP));
    if (group === undefined) return undefined;
    number = number * GROUP_SIZE + BigInt(group);
  }
  const hex = number.toString(16).padStart(BYTES * 2, '0');
  if (hex.length > BYTES * 2) return undefined;
  const raw = fromHex(`0x${hex}`);
  const [first, second] = checksum(raw.subarray(0, 33));
  if (raw[0] !== PREFIX || raw[33] !== first || raw[34] !== second) return undefined;
  return toHex(raw.subarray(1, 33));
}

function digitsOf(group: number): string {
  let digits = '';
  let rest = group;
  for (let index = 0; index < GROUP; index += 2) {
    const pair = rest % PAIRS.length;
    digits = PAIRS[pair] + digits;
    rest = (rest - pair) / PAIRS.length;
  }
  return digits;
}

function numberOf(digits: string): number | undefined {
  let number = 0;
  for (const digit of digits) {
    const value = ALPHABET.indexOf(digit);
    if (value < 0) return undefined;
    number = number * 58 + value;
  }
  return number;
}

/** Two bytes. */
function checksum(payload: Uint8Array): Uint8Array {
  const input = new Uint8Array(CONTEXT.length + payload.length);
  input.set(CONTEXT);
  input.set(payload, CONTEXT.length);
  return hash('blake2b512', input, 'buffer').subarray(0, 2);
}
