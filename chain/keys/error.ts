export type KeyErrorCode =
  | 'BAD_URI'
  | 'BAD_PHRASE'
  | 'BAD_SEED'
  | 'BAD_SECRET'
  | 'SOFT_DERIVATION'
  | 'UNKNOWN_SCHEME';

const HINTS: { readonly [code in KeyErrorCode]: string } = {
  BAD_URI:
    'Write phrase//hard/soft///password, 0x and 64 hex digits instead of the phrase, or //Alice alone.',
  BAD_PHRASE: 'Use 12 to 24 words of the English BIP-39 list with a right checksum.',
  BAD_SEED: 'A seed is 0x and 64 hex digits.',
  BAD_SECRET: 'A secret is 32 bytes; for sr25519 also the 64 bytes of an expanded key.',
  SOFT_DERIVATION: 'Use // instead of /, or a key of scheme sr25519.',
  UNKNOWN_SCHEME: 'The schemes are sr25519, ed25519 and ecdsa.',
};

/** A secret that gives no key. Messages never repeat it. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;
  readonly hint: string;
  constructor(code: KeyErrorCode, message: string) {
    super(message);
    this.code = code;
    this.hint = HINTS[code];
  }
}
