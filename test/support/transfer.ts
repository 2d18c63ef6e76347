import {
  type KernelCall,
  type KeyPair,
  SignedTransaction,
  signingBytes,
  Transaction,
} from '../../chain/index.ts';
import { encode, type Hex, toHex } from '../../consensus/interface/index.ts';

/** An encoded, signed transaction as RPC takes it. */
export function signedCall(
  chainId: string,
  from: KeyPair,
  nonce: number,
  call: KernelCall,
  feeLimit = 1_000_000_000n,
): Hex {
  const transaction = { chainId, sender: from.account, nonce, feeLimit, expiry: null, call };
  const signature = from.sign(signingBytes('transaction', encode(Transaction, transaction)));
  return toHex(encode(SignedTransaction, { transaction, signature }));
}

/** A transfer of one base unit. */
export const signedTransfer = (chainId: string, from: KeyPair, nonce: number, to: KeyPair): Hex =>
  signedCall(chainId, from, nonce, { kind: 'transfer', to: to.account, amount: 1n }, 1_000_000n);
