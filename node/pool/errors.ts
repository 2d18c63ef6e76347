import { type ChainError, hintOf } from '../../chain/index.ts';

/** Refusals that belong to the pool and not to the chain. `final` false means "not now": try again later. */
const POOL_ERRORS = {
  POOL_FULL: {
    message: 'the pool is full',
    hint: 'Nothing is wrong with the transaction: send it again after the next blocks.',
    final: false,
  },
  POOL_BUSY: {
    message: 'too many signatures are waiting to be verified',
    hint: 'Nothing is wrong with the transaction: send it again in a moment.',
    final: false,
  },
  SENDER_FULL: {
    message: 'too many transactions of this sender are waiting',
    hint: 'Wait until some of them are final, then send this one again.',
    final: false,
  },
  NO_ANSWER: {
    message: 'the process of its consensus module gives no answer',
    hint: 'Send it to another node, or again when the plugin runs; the log of this node says what is wrong.',
    final: false,
  },
  GAP_TOO_LARGE: {
    message: 'too many nonces before this one are missing',
    hint: 'Send the transactions with the nonces before it first, then this one again.',
    final: false,
  },
  GAP_TIMEOUT: {
    message: 'the transactions with the nonces before it did not arrive in time',
    hint: 'Read the nonce with account_get and send the missing transactions and this one again.',
    final: false,
  },
  NONCE_TAKEN: {
    message: 'another transaction with this nonce is waiting',
    hint: 'Use the next nonce, or raise the fee limit by a tenth to replace the one that waits.',
    final: true,
  },
  REPLACED: {
    message: 'the sender replaced it by another one with the same nonce',
    hint: 'Follow the other transaction.',
    final: true,
  },
  DISCARDED: {
    message: 'a test of this chain ended before a block took it',
    hint: 'Wait for it before the test ends, or send it in the next one.',
    final: false,
  },
  STOPPED: {
    message: 'the node is stopping',
    hint: 'Send it to another node, or again when this one is back.',
    final: false,
  },
} as const;
type PoolErrorCode = keyof typeof POOL_ERRORS;

/** Why a transaction did not get into the pool, or left it without a block. */
export class PoolError extends Error {
  override readonly name = 'PoolError';
  /** A code of this pool or of {@link ChainError}. */
  readonly code: string;
  readonly hint: string;
  /** True for "never", false for "not now". */
  readonly final: boolean;
  constructor(code: string, message: string, hint: string, final: boolean) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.final = final;
  }
}

export function poolError(code: PoolErrorCode): PoolError {
  const { message, hint, final } = POOL_ERRORS[code];
  return new PoolError(code, message, hint, final);
}

/** The chain's refusal as the pool's answer. */
export const refusal = (error: ChainError): PoolError =>
  new PoolError(error.code, error.message, error.hint || (hintOf(error.code) ?? ''), error.final);
