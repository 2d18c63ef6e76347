import { type Check, decode, encode, type Hex } from '../../consensus/interface/index.ts';
import { sha256, signingBytes } from '../crypto/index.ts';
import { chainError } from '../errors.ts';
import { LIMITS } from '../format/limits.ts';
import { SignedTransaction, Transaction } from '../format/transaction.ts';
import { actOf } from './act.ts';
import { argsOf, codeName, methodOf, runOutside } from './mechanism.ts';
import type { CheckedTransaction, Mechanisms, TransactionChecks } from './types.ts';

/** The name of a transaction: sha256 of its encoded signed form. */
export const transactionHash = (encoded: Uint8Array): Hex => sha256(encoded);

/** A transaction of bytes that anybody may have made. Throws CodecError. */
export const decodeTransaction = (encoded: Uint8Array): SignedTransaction =>
  decode(SignedTransaction, encoded, LIMITS.transaction);

/**
 * The signatures to verify before a transaction can be executed. Throws {@link ChainError}: UNKNOWN_CONSENSUS,
 * UNKNOWN_METHOD, BAD_ARGUMENTS, MODULE_FAULT.
 */
export function transactionChecks(
  signed: SignedTransaction,
  mechanisms: Mechanisms,
  chainId: string,
): TransactionChecks {
  const { sender, call } = actOf(signed.transaction);
  const own = ownCheck(signed);
  if (call.kind !== 'call') return { own, call: [] };
  const method = methodOf(mechanisms, call);
  const args = argsOf(method, call);
  const place = { consensus: call.consensus, method: `checks of ${call.method}`, sender };
  const checks = runOutside(place, () => method.checks?.({ sender, args }, { chainId }) ?? []);
  return { own, call: checks, ...codeOf(call.consensus, mechanisms) };
}

function codeOf(consensus: number, mechanisms: Mechanisms): Pick<TransactionChecks, 'code'> {
  const info = mechanisms.get(consensus)?.info;
  return info === undefined ? {} : { code: codeName(info) };
}

/** The signature of the transaction itself. */
export function ownCheck({ transaction, signature }: SignedTransaction): Check {
  const message = signingBytes('transaction', encode(Transaction, transaction));
  return { account: transaction.sender, signature, message };
}

/** A transaction with the answers to its checks: its own first, then those of its call, in order. */
export function checkedTransaction(
  encoded: Uint8Array,
  { transaction, signature }: SignedTransaction,
  results: readonly boolean[],
  { code, weight }: Pick<TransactionChecks, 'code' | 'weight'> = {},
): CheckedTransaction {
  const [authentic, ...verified] = results;
  if (authentic === undefined) throw chainError('MALFORMED', { reason: 'its signature was not checked' });
  return {
    hash: transactionHash(encoded),
    encoded,
    transaction,
    scheme: signature[0] ?? 0,
    authentic,
    verified,
    ...(code === undefined ? {} : { code }),
    ...(weight === undefined ? {} : { weight }),
  };
}
