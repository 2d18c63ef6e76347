/** SS58 addresses, version 1 of the format: base58(prefix, account, first two bytes of a blake2b-512). */
import { hash as digest } from 'node:crypto';
import { base58 } from '@scure/base';
import { type Account, fromHex, toHex } from '../../consensus/interface/index.ts';
import { isAccount } from './account.ts';

/** The network prefix of this chain: Substrate's generic one. */
export const ADDRESS_PREFIX = 42;

export type AddressErrorCode =
  | 'ADDRESS_NOT_BASE58'
  | 'ADDRESS_LENGTH'
  | 'ADDRESS_CHECKSUM'
  | 'ADDRESS_PREFIX'
  | 'ADDRESS_ACCOUNT';

const HINTS: { readonly [code in AddressErrorCode]: string } = {
  ADDRESS_NOT_BASE58: 'An address has letters and digits only, without 0, O, I and l.',
  ADDRESS_LENGTH: 'Check that the whole address was copied: most have 48 characters.',
  ADDRESS_CHECKSUM: 'A character is wrong or missing. Copy the address again.',
  ADDRESS_PREFIX: `It was written for another network. Write the same key with prefix ${ADDRESS_PREFIX}.`,
  ADDRESS_ACCOUNT: 'An account id is 32 bytes as lower-case 0x hex.',
};

/** A text that is no address of this chain. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
  readonly code: AddressErrorCode;
  readonly hint: string;
  constructor(code: AddressErrorCode, message: string) {
    super(message);
    this.code = code;
    this.hint = HINTS[code];
  }
}

const ACCOUNT_BYTES = 32;
const CHECKSUM_BYTES = 2;
/** Longest base58 text of 36 bytes; decoding takes time quadratic in the length, so longer ones are not tried. */
const MAX_CHARACTERS = 50;
const MAX_PREFIX = 0x3fff;
const CHECKSUM_CONTEXT = new TextEncoder().encode('SS58PRE');

/** The address of an account. Throws {@link AddressError} if it is not 32 bytes or the prefix is above 16,383. */
export function toAddress(account: Account, prefix: number = ADDRESS_PREFIX): string {
  const id = accountBytes(account);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > MAX_PREFIX)
    throw new AddressError('ADDRESS_PREFIX', `${prefix} is not a network prefix from 0 to ${MAX_PREFIX}`);
  const body = Buffer.concat([Uint8Array.from(prefixBytes(prefix)), id]);
  return base58.encode(Buffer.concat([body, checksum(body)]));
}

/** The account of an address. Throws {@link AddressError} naming what is wrong with it. */
export function fromAddress(address: string, prefix: number = ADDRESS_PREFIX): Account {
  const bytes = decodeBase58(address);
  const prefixLength = (bytes[0] ?? 0) < 64 ? 1 : 2;
  if (bytes.length !== prefixLength + ACCOUNT_BYTES + CHECKSUM_BYTES)
    throw new AddressError('ADDRESS_LENGTH', `${address} holds ${bytes.length} bytes, not an account`);
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  if (Buffer.compare(checksum(body), bytes.subarray(-CHECKSUM_BYTES)) !== 0)
    throw new AddressError('ADDRESS_CHECKSUM', `${address} has a wrong checksum`);
  const found = readPrefix(bytes);
  if (found !== prefix)
    throw new AddressError(
      'ADDRESS_PREFIX',
      `${address} has the network prefix ${found} instead of ${prefix}`,
    );
  return toHex(body.subarray(prefixLength));
}

function decodeBase58(address: string): Uint8Array {
  if (typeof address !== 'string' || address.length === 0 || address.length > MAX_CHARACTERS)
    throw new AddressError('ADDRESS_LENGTH', `an address has 1 to ${MAX_CHARACTERS} characters`);
  if (!/^[1-9A-HJ-NP-Za-km-z]+$/.test(address))
    throw new AddressError('ADDRESS_NOT_BASE58', `${JSON.stringify(address)} is not base58`);
  return base58.decode(address);
}

function accountBytes(account: Account): Uint8Array {
  if (!isAccount(account))
    throw new AddressError('ADDRESS_ACCOUNT', `${JSON.stringify(account)} is not an account id`);
  return fromHex(account);
}

const checksum = (body: Uint8Array): Uint8Array =>
  digest('blake2b512', Buffer.concat([CHECKSUM_CONTEXT, body]), 'buffer').subarray(0, CHECKSUM_BYTES);

/** Prefixes below 64 are one byte; others put their 14 bits into two, the first of which is 64 to 127. */
const prefixBytes = (prefix: number): number[] =>
  prefix < 64 ? [prefix] : [((prefix & 0xfc) >> 2) | 0x40, (prefix >> 8) | ((prefix & 0x03) << 6)];

/** A first byte above 127 is reserved; it reads as a prefix that no network has. */
function readPrefix([first = 0, second = 0]: Uint8Array): number {
  if (first < 64) return first;
  return first > 127 ? -1 : ((first & 0x3f) << 2) | (second >> 6) | ((second & 0x3f) << 8);
}
