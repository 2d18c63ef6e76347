/** Transactions of a running chain, answered as those of the chain without nodes are. */
import type { Genesis, KernelCall, KeyPair, OrdinaryCall } from '../../chain/index.ts';
import type { Account } from '../../consensus/interface/index.ts';
import { type Client, RpcError } from '../../node/client/index.ts';
import { DevRefused } from '../../node/together/index.ts';
import { CallFailed } from './errors.ts';
import type { EventLog } from './eventLog.ts';
import { devOf, type Nodes } from './nodes.ts';
import { accountNamed } from './people.ts';
import type { Receipt } from './types.ts';

/** Numbers of the errors by which the chain refuses; what is below went wrong on the way to it. */
const FIRST_OF_THE_CHAIN = 3_000;

export interface SenderOptions {
  readonly client: Client;
  readonly log: EventLog;
  readonly nodes: Nodes;
  readonly keyOf: (who: string) => KeyPair;
  readonly accountOf: (who: string) => Account;
  readonly genesis: Genesis;
}

export function createSender({ client, log, nodes, keyOf, accountOf, genesis }: SenderOptions) {
  const keys = new Map<Account, KeyPair>();
  /** Of fees: none where the chain asks for none, so that nothing has to be tried first. */
  const feeLimit = genesis.feePerWeight === 0n ? 0n : undefined;

  /** Whoever stands in the genesis or was named before has a key, also by account. */
  const signerOf = (who: string): KeyPair => {
    const account = accountNamed(who);
    if (account === undefined) {
      const key = keyOf(who);
      keys.set(key.account, key);
      return key;
    }
    const known = keys.get(account);
    if (known !== undefined) return known;
    throw new RangeError(`nobody here has the key of ${who}: name its owner, or impersonate it`);
  };

  const submit = async (from: string, call: KernelCall, what: string = call.kind): Promise<Receipt> => {
    const signer = signerOf(from);
    const { height, index } = await understandably(`${what} by ${from}`, () =>
      client.send({ from: signer, call, feeLimit }),
    );
    return log.receipt(height, index);
  };

  const impersonate = async (who: string, call: OrdinaryCall): Promise<Receipt> => {
    const place = `${call.kind} in the name of ${who}`;
    const asked = nodes.asked();
    const hash = await understandably(place, () => devOf(asked).impersonate(accountOf(who), call));
    const found = await asked.node.transaction(hash);
    if (found.status !== 'final') throw new TypeError(`${place}: the transaction is ${found.status}`);
    const { outcome, height, index } = found;
    if (outcome.failure !== null) throw new CallFailed(`${place} at height ${height}`, outcome.failure);
    return log.receipt(height, index);
  };
  return { submit, impersonate };
}

/** The chain's own refusals, and those of modules, by their codes; all else is what it is. */
async function understandably<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RpcError && error.code >= FIRST_OF_THE_CHAIN) {
      const { height } = error.data;
      const place = typeof height === 'number' ? `${what} at height ${height}` : what;
      // One that no block can have leaves the pool with a reason.
      const { name, message, data } = error;
      const code = name === 'TRANSACTION_DROPPED' ? String(data.reason) : name;
      throw new CallFailed(place, { code, message }, error);
    }
    if (error instanceof DevRefused) throw new CallFailed(what, error, error);
    throw error;
  }
}
