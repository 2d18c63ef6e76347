/**
 * The books of a client: which calls left, and what became of them.
 *
 * Two ways to keep them. One client alone holds its directory open and knows its pages by heart. Clients that share a
 * directory (commands that run at the same time with the same key) open it for each entry only, one after another, and
 * read the page anew: so no nonce is used twice, a tally counts the calls of all of them, and a slow call keeps nobody
 * waiting.
 */
import type { Account, Amount } from '../../consensus/interface/index.ts';
import { ModuleError } from '../errors.ts';
import type { SignedText, Tally } from '../protocol/index.ts';
import { type EpochAccount, openAccount } from './account.ts';
import { type CallStore, directoryStore, type SentCall, type SentCallAt } from './store.ts';

export interface Order {
  readonly epoch: number;
  readonly server: Account;
  /** Base units. */
  readonly maxUsage: Amount;
  /** Budget of the epoch, in base units. */
  readonly limit: Amount | undefined;
  sign(nonce: number, tally: Tally | null): SignedText;
}

/** A call that may leave now. */
export interface Begun {
  readonly epoch: number;
  readonly server: Account;
  readonly nonce: number;
  readonly signed: SignedText;
  readonly call: SentCall;
}

/** `replay`: the server has seen this nonce, or a higher one. A call whose fate is unknown has no outcome. */
export type Outcome =
  | { readonly kind: 'answered'; readonly receipt: SignedText; readonly cost: Amount }
  | { readonly kind: 'refused'; readonly replay: boolean };

export interface Books {
  /**
   * Takes the next nonce, signs, and writes the call down before it leaves: a nonce must not be used twice, and a lost
   * call not be forgotten. Throws OVER_BUDGET.
   */
  begin(order: Order): Promise<Begun>;
  end(begun: Begun, outcome: Outcome): Promise<void>;
  /** Calls of one epoch, or of all, by epoch, server and nonce. */
  calls(epoch?: number): AsyncIterable<SentCallAt>;
  close(): Promise<void>;
}

/** Milliseconds between two looks at a directory that another process has open. */
const LOOK_MS = 10;

/** `born`: the epoch in which this client was made. Without a directory it knows nothing of earlier ones. */
export function ownBooks(store: CallStore, born: number): Books {
  const accounts = new Map<number, Promise<EpochAccount>>();
  function accountOf(epoch: number): Promise<EpochAccount> {
    const known = accounts.get(epoch) ?? openAccount(store, epoch, store.durable || epoch > born);
    accounts.set(epoch, known);
    known.catch(() => accounts.delete(epoch));
    for (const old of accounts.keys()) if (old < epoch - 2) accounts.delete(old);
    return known;
  }
  return {
    begin: async order => begin(store, await accountOf(order.epoch), order),
    end: async (begun, outcome) => end(store, await accountOf(begun.epoch), begun, outcome),
    calls: epoch => store.calls(epoch),
    close: () => store.close(),
  };
}

/**
 * `waitMs`: how long others may hold the directory before it is DIRECTORY_IN_USE. Nobody needs it longer than a few
 * writes take, except a client that does not share.
 */
export function sharedBooks(directory: string, owner: string, waitMs: number): Books {
  let last: Promise<unknown> = Promise.resolve();

  /** Runs with the directory open, after those of this process who asked before. */
  function withStore<T>(work: (store: CallStore) => Promise<T>): Promise<T> {
    const turn = async (): Promise<T> => {
      const store = await openInTurn(directory, owner, waitMs);
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    };
    const result = last.then(turn, turn);
    last = result;
    return result;
  }

  return {
    begin: order =>
      withStore(async store => begin(store, await openAccount(store, order.epoch, true), order)),
    end: (begun, outcome) =>
      withStore(async store => end(store, await openAccount(store, begun.epoch, true), begun, outcome)),
    async *calls(epoch) {
      yield* await withStore(async store => {
        const all: SentCallAt[] = [];
        for await (const entry of store.calls(epoch)) all.push(entry);
        return all;
      });
    },
    async close() {
      await Promise.allSettled([last]);
    },
  };
}

async function openInTurn(directory: string, owner: string, waitMs: number): Promise<CallStore> {
  for (let waited = 0; ; waited += LOOK_MS) {
    try {
      return await directoryStore(directory, owner);
    } catch (error) {
      const inUse = error instanceof ModuleError && error.code === 'DIRECTORY_IN_USE';
      if (!inUse || waited >= waitMs) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, LOOK_MS));
  }
}

async function begin(store: CallStore, account: EpochAccount, order: Order): Promise<Begun> {
  const { epoch, server, maxUsage, limit, sign } = order;
  const spent = account.spent();
  if (limit !== undefined && spent + maxUsage > limit) throw overBudget('per epoch', spent + maxUsage, limit);
  // Between the look at the budget and here nothing has waited, so no other call came between.
  const { nonce, tally } = account.begin(server, maxUsage);
  const signed = sign(nonce, tally);
  const call: SentCall = {
    state: 'sent',
    header: signed.text,
    headerSignature: signed.signature,
    receipt: '',
    receiptSignature: new Uint8Array(),
    amount: maxUsage,
  };
  await store.put({ epoch, server, nonce, call });
  return { epoch, server, nonce, signed, call };
}

async function end(
  store: CallStore,
  account: EpochAccount,
  { epoch, server, nonce, call }: Begun,
  outcome: Outcome,
): Promise<void> {
  if (outcome.kind === 'refused') {
    const outrun = outcome.replay && account.isLast(server, nonce);
    await store.put({ epoch, server, nonce, call: { ...call, state: outrun ? 'outrun' : 'refused' } });
    account.refused(server, nonce, outrun);
    return;
  }
  const { cost, receipt } = outcome;
  const answered = {
    state: 'answered',
    receipt: receipt.text,
    receiptSignature: receipt.signature,
    amount: cost,
  } as const;
  await store.put({ epoch, server, nonce, call: { ...call, ...answered } });
  account.answered(server, nonce, cost);
}

export const overBudget = (which: string, amount: Amount, limit: Amount): ModuleError =>
  new ModuleError(
    'OVER_BUDGET',
    `${amount} base units exceed the budget of ${limit} ${which}`,
    'raise the budget, or call for less',
  );
