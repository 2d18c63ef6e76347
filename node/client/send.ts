import type { KernelCall, KeyPair, Transaction } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import { getAccount } from './actions/getAccount.ts';
import { getNodeInfo } from './actions/getNodeInfo.ts';
import { simulateTransaction } from './actions/simulateTransaction.ts';
import { submitTransaction } from './actions/submitTransaction.ts';
import { waitForTransaction } from './actions/waitForTransaction.ts';
import { failedTransaction, RpcError } from './errors.ts';
import type { FinalTransaction } from './results.ts';
import { feeLimitFor, signTransaction, withoutSignature } from './signTransaction.ts';
import type { Transport } from './transport/types.ts';

export interface SendParameters {
  readonly from: KeyPair;
  readonly call: KernelCall;
  /** Most that the sender pays, in base units. With it nothing is simulated. */
  readonly feeLimit?: bigint | undefined;
  /** Last height at which it may stand in a block. */
  readonly expiry?: number | null | undefined;
  /** Milliseconds to wait for it to become final; 30,000 when absent. */
  readonly timeout?: number | undefined;
}
export type SendReturnType = FinalTransaction;
export type Send = (parameters: SendParameters) => Promise<SendReturnType>;

/**
 * `send` signs here, submits, and resolves once the transaction is final and has succeeded. What would fail is refused
 * by a simulation, before anything is charged; what fails after all rejects with the name of its failure and carries
 * `hash` and `height`. Transactions of one account leave in the order of the calls.
 *
 * @example
 * const { height } = await client.send({ from: alice, call: { kind: 'transfer', to: bob.account, amount: 5n } });
 */
export function createSend(transport: Transport): Send {
  const lanes = new Map<Hex, Promise<unknown>>();
  let chainId: Promise<string> | null = null;

  function getChainId(): Promise<string> {
    chainId ??= getNodeInfo(transport).then(
      info => info.chainId,
      error => {
        chainId = null;
        throw error;
      },
    );
    return chainId;
  }

  /** Runs after the earlier work of this account, whatever became of that. */
  function inLane<T>(account: Hex, work: () => Promise<T>): Promise<T> {
    const earlier = lanes.get(account) ?? Promise.resolve();
    const mine = earlier.then(work, work);
    lanes.set(account, mine);
    const leave = () => {
      if (lanes.get(account) === mine) lanes.delete(account);
    };
    mine.then(leave, leave);
    return mine;
  }

  async function submit({ from, call, expiry = null, feeLimit }: SendParameters): Promise<Hex> {
    const [chain, { nextNonce }] = await Promise.all([
      getChainId(),
      getAccount(transport, { address: from.address }),
    ]);
    const draft = {
      chainId: chain,
      sender: from.account,
      nonce: nextNonce,
      feeLimit: feeLimit ?? MAX_U64,
      expiry,
      call,
    };
    const limit = feeLimit ?? (await estimate(transport, draft, from));
    const tx = signTransaction({ ...draft, feeLimit: limit }, from);
    return (await submitTransaction(transport, { tx })).hash;
  }

  /** Somebody else with the same key may be faster; what was refused for its nonce is in no pool. */
  async function submitWithFreshNonce(parameters: SendParameters): Promise<Hex> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await submit(parameters);
      } catch (error) {
        const taken = error instanceof RpcError && NONCE_GONE.has(error.name);
        if (!taken || attempt === NONCE_ATTEMPTS) throw error;
      }
    }
  }

  return async function send(parameters) {
    const hash = await inLane(parameters.from.account, () => submitWithFreshNonce(parameters));
    const final = await waitForTransaction(transport, { hash, timeout: parameters.timeout });
    if (!final.ok) throw failedTransaction(final);
    return final;
  };
}

const MAX_U64 = 0xffff_ffff_ffff_ffffn;

const NONCE_GONE: ReadonlySet<string> = new Set(['NONCE_USED', 'NONCE_TAKEN']);
const NONCE_ATTEMPTS = 5;

/** The fee limit of a transaction; rejects if it would fail as the sender's next one in a block. */
async function estimate(transport: Transport, draft: Transaction, { scheme }: KeyPair): Promise<bigint> {
  const outcome = await simulateTransaction(transport, { tx: withoutSignature(draft, scheme) });
  if (!outcome.ok) throw failedTransaction(outcome);
  return feeLimitFor(outcome.fee);
}
