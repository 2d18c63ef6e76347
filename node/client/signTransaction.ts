import {
  joinSignature,
  type KeyPair,
  type Scheme,
  SIGNATURE_BYTES,
  SignedTransaction,
  signingBytes,
  Transaction,
} from '../../chain/index.ts';
import { encode, type Hex, toHex } from '../../consensus/interface/index.ts';

/** The canonical bytes of a transaction with its signature, ready for `submitTransaction`. */
export function signTransaction(transaction: Transaction, key: Pick<KeyPair, 'sign'>): Hex {
  const signature = key.sign(signingBytes('transaction', encode(Transaction, transaction)));
  return toHex(encode(SignedTransaction, { transaction, signature }));
}

/** A transaction that can only be simulated: of its signature only scheme and length are right. */
export function withoutSignature(transaction: Transaction, scheme: Scheme): Hex {
  const signature = joinSignature(scheme, new Uint8Array(SIGNATURE_BYTES[scheme]));
  return toHex(encode(SignedTransaction, { transaction, signature }));
}

/**
 * A fee limit for a transaction whose simulation cost `fee`, in base units. A tenth more, because the final bytes can
 * be a few longer; only the fee itself is charged.
 */
export const feeLimitFor = (fee: bigint): bigint => fee + (fee + 9n) / 10n;
