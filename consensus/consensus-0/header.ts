/**
 * The header of a call (spec section 4): what a client signs. Its JCS text is the only form that is signed, hashed
 * and sent; the chain rebuilds it from the compact rows of a claim.
 */
import type { Account, Amount, Hex } from '../interface/index.ts';
import { fromAddress, toAddress } from './address.ts';
import {
  hashText,
  PROTOCOL,
  parseJson,
  readAccount,
  readAmount,
  readHash,
  readInteger,
  readObject,
  readText,
  readVersion,
  requireCanonical,
  utf8,
  writeHash,
} from './record.ts';

/** The client's running total: "I owe `total` for the `count` paid calls of this epoch with nonces up to `nonce`". */
export interface Tally {
  readonly nonce: number;
  readonly count: number;
  readonly total: Amount;
}

export interface CallHeader {
  /** Chain id. */
  readonly chain: string;
  readonly server: Account;
  readonly client: Account;
  readonly fn: string;
  /** sha256 of the JCS text of the params. */
  readonly paramsHash: Hex;
  /** Milliseconds. */
  readonly time: number;
  /** The chain's epoch when the call starts. */
  readonly epoch: number;
  /** From 1, strictly ascending per client, server and epoch. */
  readonly nonce: number;
  /** Most that the call may cost, in base units. */
  readonly maxUsage: Amount;
  readonly tally: Tally | null;
}

const FIELDS = ['v', 'chain', 'server', 'client', 'fn', 'params_hash', 'time', 'epoch', 'nonce', 'max_usage'];

/** The JCS text (RFC 8785) of a header: keys in order, no spaces, strings as JSON.stringify writes them. */
export const headerText = (header: CallHeader): string =>
  headerTextWith(header, toAddress(header.client), toAddress(header.server));

/** Like {@link headerText} for callers that write many headers and know the addresses. */
export function headerTextWith(
  header: Omit<CallHeader, 'client' | 'server'>,
  client: string,
  server: string,
): string {
  const { tally } = header;
  const tallyText =
    tally === null ? '' : `"tally":{"count":${tally.count},"nonce":${tally.nonce},"total":"${tally.total}"},`;
  return (
    `{"chain":${JSON.stringify(header.chain)},"client":"${client}","epoch":${header.epoch},` +
    `"fn":${JSON.stringify(header.fn)},"max_usage":"${header.maxUsage}","nonce":${header.nonce},` +
    `"params_hash":"${writeHash(header.paramsHash)}","server":"${server}",${tallyText}"time":${header.time},"v":${PROTOCOL}}`
  );
}

/**
 * The header of a text; throws {@link RecordError} for anything that {@link headerText} would not have made. Whoever
 * reads many headers with the same addresses can bring a `fromAddress` that remembers them.
 */
export function parseHeader(text: string, addressReader = fromAddress): CallHeader {
  const fields = readObject(parseJson(text, 'the header'), 'the header', FIELDS, ['tally']);
  readVersion(fields.v);
  const header: CallHeader = {
    chain: readText(fields.chain, 'chain'),
    server: readAccount(fields.server, 'server', addressReader),
    client: readAccount(fields.client, 'client', addressReader),
    fn: readText(fields.fn, 'fn'),
    paramsHash: readHash(fields.params_hash, 'params_hash'),
    time: readInteger(fields.time, 'time'),
    epoch: readInteger(fields.epoch, 'epoch'),
    nonce: readInteger(fields.nonce, 'nonce', 1),
    maxUsage: readAmount(fields.max_usage, 'max_usage'),
    tally: Object.hasOwn(fields, 'tally') ? readTally(fields.tally) : null,
  };
  // An account has one address, so those that were read are the ones that would be written.
  requireCanonical(text, headerTextWith(header, `${fields.client}`, `${fields.server}`), 'the header');
  return header;
}

function readTally(value: unknown): Tally {
  const fields = readObject(value, 'tally', ['nonce', 'count', 'total']);
  return {
    nonce: readInteger(fields.nonce, 'tally.nonce', 1),
    count: readInteger(fields.count, 'tally.count'),
    total: readAmount(fields.total, 'tally.total'),
  };
}

/** The bytes that a client signs for a header text. */
export const headerSigningBytes = (text: string): Uint8Array => utf8(`devnet:header:${PROTOCOL}:${text}`);

/** What a receipt names as `header_hash`. */
export const headerHash = (text: string): Hex => hashText(text);
