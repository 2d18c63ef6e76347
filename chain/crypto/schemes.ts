import { type Account, type Check, fromHex } from '../../consensus/interface/index.ts';
import { isAccount } from './account.ts';

/** Signature schemes and the byte that each signature starts with. Bytes are never reused. */
export const SCHEMES = { sr25519: 1, ed25519: 2, ecdsa: 3 } as const;
export type Scheme = keyof typeof SCHEMES;
export const SCHEME_NAMES = Object.keys(SCHEMES) as readonly Scheme[];

/** Bytes of a signature after its scheme byte. ECDSA: r, s and the recovery id. */
export const SIGNATURE_BYTES = { sr25519: 64, ed25519: 64, ecdsa: 65 } as const satisfies Record<
  Scheme,
  number
>;

/** A check taken apart: what an implementation of one scheme works on. */
export interface SignatureParts {
  readonly scheme: Scheme;
  /** 32 bytes: the public key, or for ECDSA the blake2b-256 of the compressed key. */
  readonly account: Uint8Array;
  /** Without the scheme byte; {@link SIGNATURE_BYTES} long. */
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * Takes a check apart, or answers undefined if no implementation may accept it: an unknown scheme, a wrong length,
 * an account that is not 32 bytes. Every implementation starts here, so that they agree on these cases.
 *
 * The account of 32 zero bytes is refused for sr25519: it is the identity point, under which anyone can sign, and
 * schnorrkel and the reference disagree on it.
 */
export function signatureParts({ account, signature, message }: Check): SignatureParts | undefined {
  const scheme = SCHEME_NAMES.find(name => SCHEMES[name] === signature[0]);
  if (scheme === undefined || signature.length !== SIGNATURE_BYTES[scheme] + 1) return undefined;
  if (!isAccount(account) || (scheme === 'sr25519' && account === ZERO_ACCOUNT)) return undefined;
  return { scheme, account: fromHex(account), signature: signature.subarray(1), message };
}

/** A signature as it travels: the scheme byte, then the scheme's own bytes. */
export function joinSignature(scheme: Scheme, signature: Uint8Array): Uint8Array {
  const joined = new Uint8Array(signature.length + 1);
  joined[0] = SCHEMES[scheme];
  joined.set(signature, 1);
  return joined;
}

const ZERO_ACCOUNT: Account = `0x${'00'.repeat(32)}`;
