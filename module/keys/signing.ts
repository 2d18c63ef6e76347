/** What people sign by hand: any bytes, under a domain of its own, so that it can never pass for a transaction. */
import { fromAddress, type KeyPair, signingBytes, verifySignature } from '../../chain/index.ts';

/** Signature over a message: the scheme byte, then the scheme's own bytes. */
export const signMessage = (pair: KeyPair, message: Uint8Array): Uint8Array =>
  pair.sign(signingBytes('message', message));

/** Whether the key of an address made this signature over this message. Throws AddressError for a bad address. */
export const verifyMessage = (address: string, message: Uint8Array, signature: Uint8Array): boolean =>
  verifySignature({ account: fromAddress(address), signature, message: signingBytes('message', message) });
