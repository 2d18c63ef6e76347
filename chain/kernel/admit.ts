import type { Amount } from '../../consensus/interface/index.ts';
import { chainError } from '../errors.ts';
import type { Account } from '../format/entities.ts';
import type { Transaction } from '../format/transaction.ts';
import type { StateReader } from '../state/index.ts';
import { FRAME_BYTES } from './budget.ts';
import { getAccount, getParameters } from './getters.ts';
import type { Parameters } from './parameters.ts';
import type { CheckedTransaction, Mechanisms } from './types.ts';
import { weightOf } from './weight.ts';

export interface AdmitOptions {
  /** Of the block in which it would stand. */
  readonly height: number;
  readonly mechanisms: Mechanisms;
}

/** What a transaction costs, whether its call succeeds or not. */
export interface Charge {
  readonly weight: number;
  readonly fee: Amount;
}

/**
 * Whether a transaction may stand in a block on top of this state, and what it costs. Throws {@link ChainError} whose
 * `final` tells "no" from "not now"; a too high nonce and a fee that cannot be paid are "not now".
 */
export function admit(state: StateReader, checked: CheckedTransaction, options: AdmitOptions): Charge {
  const sender = getAccount(state, checked.transaction.sender);
  return admitFrom(sender, checked, { ...options, parameters: getParameters(state) });
}

/** {@link admit} where the sender's account and the parameters were read before. */
export function admitFrom(
  sender: Account,
  checked: CheckedTransaction,
  { height, mechanisms, parameters }: AdmitOptions & { readonly parameters: Parameters },
): Charge {
  requireForThisBlock(checked, parameters, height);
  const charge = chargeOf(checked, parameters, mechanisms);
  requirePayable(sender, checked.transaction, charge.fee);
  return charge;
}

function requireForThisBlock(checked: CheckedTransaction, parameters: Parameters, height: number): void {
  const { chainId, expiry } = checked.transaction;
  if (chainId !== parameters.chainId)
    throw chainError('WRONG_CHAIN', { actual: chainId, expected: parameters.chainId });
  if (!checked.authentic) throw chainError('BAD_SIGNATURE');
  if (expiry !== null && height > expiry) throw chainError('EXPIRED', { expiry, height });
}

/** Weight and fee. Throws {@link ChainError} for what no block of this chain can hold. */
export function chargeOf(
  checked: CheckedTransaction,
  { feePerWeight, maxBlockWeight, maxBlockBytes }: Parameters,
  mechanisms: Mechanisms,
): Charge {
  const size = checked.encoded.length + FRAME_BYTES;
  if (size > maxBlockBytes) throw chainError('TOO_LARGE', { size, max: maxBlockBytes });
  const weight = weightOf(checked, mechanisms);
  if (weight > maxBlockWeight) throw chainError('TOO_HEAVY', { weight, max: maxBlockWeight });
  return { weight, fee: BigInt(weight) * feePerWeight };
}

function requirePayable(
  { nonce: expected, free }: Account,
  { nonce, feeLimit }: Transaction,
  fee: Amount,
): void {
  if (fee > feeLimit) throw chainError('FEE_LIMIT_TOO_LOW', { fee, limit: feeLimit });
  if (nonce < expected) throw chainError('NONCE_USED', { nonce, expected });
  if (nonce > expected) throw chainError('NONCE_TOO_HIGH', { nonce, expected });
  if (free < fee) throw chainError('FEE_NOT_PAYABLE', { fee, free });
}
