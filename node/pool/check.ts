/** From bytes to checked transactions: decoding here, signatures in bulk elsewhere. */
import {
  ChainError,
  type CheckedTransaction,
  chainError,
  checkedTransaction,
  decodeTransaction,
  factsHold,
  type Mechanisms,
  reasonOf,
  type SignedTransaction,
  sha256,
  type TransactionChecks,
} from '../../chain/index.ts';
import type { Check, Hex } from '../../consensus/interface/index.ts';
import type { BulkVerifier, Urgency } from '../ordering/types.ts';
import { lacksAnswer, type Runner } from '../plugins/runner.ts';
import { poolError, refusal } from './errors.ts';

export interface Checking {
  readonly chainId: string;
  /** Knows the consensus modules, and asks them. */
  readonly runner: Runner;
  readonly verifier: BulkVerifier;
}

/** Decoded, with the signatures that it depends on not verified yet. */
export interface ReadTransaction {
  readonly encoded: Uint8Array;
  readonly signed: SignedTransaction;
  readonly checks: TransactionChecks;
}

/**
 * Throws {@link ChainError}: MALFORMED, WRONG_CHAIN, or what a consensus module says about its arguments; ModuleFault
 * where a plugin gives no answer.
 */
export async function readTransaction(
  encoded: Uint8Array,
  { chainId, runner }: Checking,
  mechanisms: Mechanisms,
): Promise<ReadTransaction> {
  const signed = decodeSigned(encoded);
  const actual = signed.transaction.chainId;
  if (actual !== chainId) throw chainError('WRONG_CHAIN', { actual, expected: chainId });
  return { encoded, signed, checks: await runner.checks(signed, chainId, mechanisms) };
}

function decodeSigned(encoded: Uint8Array): SignedTransaction {
  try {
    return decodeTransaction(encoded);
  } catch (error) {
    throw chainError('MALFORMED', { reason: reasonOf(error) });
  }
}

/** Runs what may throw a {@link ChainError} and throws it as a {@link PoolError}: for those who submit. */
export async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (lacksAnswer(error)) throw poolError('NO_ANSWER');
    throw error instanceof ChainError ? refusal(error) : error;
  }
}

/** Verifies all signatures of some transactions as one batch. */
export async function verifyTransactions(
  read: readonly ReadTransaction[],
  verifier: BulkVerifier,
  urgency: Urgency = 'transactions',
): Promise<CheckedTransaction[]> {
  const all: Check[] = read.flatMap(({ checks }) => [checks.own, ...checks.call]);
  const results = await verifier.verify(all, urgency);
  let at = 0;
  return read.map(({ encoded, signed, checks }) => {
    const own = results.slice(at, at + 1 + checks.call.length);
    at += own.length;
    return checkedTransaction(encoded, signed, own, checks);
  });
}

/**
 * The checked transactions of a block, judged by the code in force before it; those that are `known` from the pool are not decoded or verified
 * again. Throws {@link ChainError} for one that cannot be read.
 */
export async function checkBlock(
  transactions: readonly Uint8Array[],
  known: (hash: Hex) => CheckedTransaction | undefined,
  checking: Checking,
  mechanisms: Mechanisms,
): Promise<CheckedTransaction[]> {
  const found = transactions.map(encoded => {
    const checked = known(sha256(encoded));
    return checked !== undefined && factsHold(checked, mechanisms) ? checked : undefined;
  });
  const unknown = transactions.filter((_, index) => found[index] === undefined);
  const read = await Promise.all(unknown.map(encoded => readTransaction(encoded, checking, mechanisms)));
  const checked = (await verifyTransactions(read, checking.verifier, 'blocks')).values();
  return found.map(transaction => transaction ?? next(checked));
}

function next(checked: Iterator<CheckedTransaction>): CheckedTransaction {
  const { value, done } = checked.next();
  if (done) throw new Error('the verifier lost a transaction');
  return value;
}
