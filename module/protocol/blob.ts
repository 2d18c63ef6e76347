/** How a signed text travels in an HTTP header: `base64url(JCS) "." scheme "." hex(signature)`. */
import {
  joinSignature,
  type KeyPair,
  SCHEME_NAMES,
  SCHEMES,
  type Scheme,
  SIGNATURE_BYTES,
  signingBytes,
} from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';
import { ModuleError } from '../errors.ts';
import { CALL_LIMITS } from './limits.ts';

export const AUTH_HEADER = 'module-auth';
export const RECEIPT_HEADER = 'module-receipt';
/**
 * How long the caller will wait, in milliseconds. It is not signed: nobody gains by changing it who could not as well
 * keep the request to himself.
 */
export const TIMEOUT_HEADER = 'module-timeout';

export interface SignedText {
  readonly text: string;
  /** Scheme byte followed by the signature. */
  readonly signature: Uint8Array;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const signText = (domain: 'header' | 'receipt', text: string, pair: KeyPair): SignedText => ({
  text,
  signature: pair.sign(signingBytes(domain, Buffer.from(text, 'utf8'))),
});

/** What has to be verified for a signed text to be from this account. */
export const checkOf = (
  domain: 'header' | 'receipt',
  { text, signature }: SignedText,
  account: Check['account'],
): Check => ({
  account,
  signature,
  message: signingBytes(domain, Buffer.from(text, 'utf8')),
});

export function encodeBlob({ text, signature }: SignedText): string {
  const scheme = SCHEME_NAMES.find(name => SCHEMES[name] === signature[0]);
  if (scheme === undefined) throw badBlob(`no scheme has the byte ${signature[0]}`);
  const hex = Buffer.from(signature.subarray(1)).toString('hex');
  return `${Buffer.from(text, 'utf8').toString('base64url')}.${scheme}.${hex}`;
}

/** The parts of a blob; throws BAD_BLOB for what {@link encodeBlob} would not have made. Verifies nothing. */
export function decodeBlob(blob: string): SignedText {
  if (blob.length > CALL_LIMITS.blob)
    throw badBlob(`${blob.length} characters are over the limit of ${CALL_LIMITS.blob}`);
  const [encoded, scheme, hex, ...rest] = blob.split('.');
  if (encoded === undefined || scheme === undefined || hex === undefined || rest.length > 0)
    throw badBlob('it does not have three parts separated by dots');
  if (!isScheme(scheme)) throw badBlob(`the scheme is none of ${SCHEME_NAMES.join(', ')}`);
  if (hex.length !== SIGNATURE_BYTES[scheme] * 2 || !/^[0-9a-f]+$/.test(hex))
    throw badBlob(`the signature is not ${SIGNATURE_BYTES[scheme]} bytes of lower-case hex`);
  return { text: textOf(encoded), signature: joinSignature(scheme, Buffer.from(hex, 'hex')) };
}

function textOf(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.toString('base64url') !== encoded)
    throw badBlob('the first part is not base64url without padding');
  try {
    return utf8.decode(bytes);
  } catch {
    throw badBlob('the first part is not UTF-8');
  }
}

const isScheme = (name: string): name is Scheme => (SCHEME_NAMES as readonly string[]).includes(name);

const badBlob = (reason: string): ModuleError =>
  new ModuleError('BAD_BLOB', reason, 'write base64url(JCS) "." scheme "." hex(signature)');
