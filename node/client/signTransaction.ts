import { type KeyPair, SignedTransaction, signingBytes, Transaction } from '../../chain/index.ts';
import { encode, type Hex, toHex } from '../../consensus/interface/index.ts';

/** The canonical bytes of a transaction with its signature, ready for `submitTransaction`. */
export function signTransaction(transaction: Transaction, key: Pick<KeyPair, 'sign'>): Hex {
  const signature = key.sign(signingBytes('transaction', encode(Transaction, transaction)));
  return toHex(encode(SignedTransaction, { transaction, signature }));
}

// sr25519's scheme byte and no signature: enough for a simulation, which does not look at it.
const NO_SIGNATURE = Uint8Array.of(1, ...new Uint8Array(64));

/** A transaction that can only be simulated. */
export const withoutSignature = (transaction: Transaction): Hex =>
  signTransaction(transaction, { sign: () => NO_SIGNATURE });
