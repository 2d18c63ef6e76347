/** Prices that hold on chain, by epoch: what a claim will be judged by (OVER_PRICE). */
import type { Amount } from '../../consensus/interface/index.ts';
import { type ModuleInfo, RpcError } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';

/** Prices by function, from an epoch on. */
interface PriceTable {
  readonly fromEpoch: number;
  readonly prices: ReadonlyMap<string, Amount>;
}

export interface Terms {
  /** What the chain lets this module charge for one call in an epoch; undefined while it knows no price. */
  price(fn: string, epoch: number): Amount | undefined;
  /** Whether the module stands on the chain at all, as of the last look. */
  registered(): boolean;
  /** Looks at the chain again; rejects if it does not answer. */
  refresh(): Promise<void>;
  /** Looks for a module that was not there yet, at most every 250 ms: it may have been registered just now. */
  awaitRegistration(): Promise<void>;
}

const LOOK_MS = 250;

/** Follows the module that a server's key stands for. Its owner may register it after the server has started. */
export async function followTerms(chain: Chain, server: string): Promise<Terms> {
  // Newest first. Some epochs are kept, because calls and claims look back.
  let tables: readonly PriceTable[] = [];

  async function refresh(): Promise<void> {
    const [{ epoch }, module] = await Promise.all([chain.getCurrentEpoch(), moduleOf(chain, server)]);
    if (module === null) {
      tables = [];
      return;
    }
    const now = { fromEpoch: epoch, prices: tableOf(module.prices) };
    const next = module.pending && {
      fromEpoch: module.pending.fromEpoch,
      prices: tableOf(module.pending.prices),
    };
    const past = tables.filter(table => table.fromEpoch < epoch).slice(0, 8);
    tables = next === null ? [now, ...past] : [next, now, ...past];
  }

  let look = refresh();
  let lookedAt = Date.now();
  await look;
  return {
    price: (fn, epoch) => tables.find(table => table.fromEpoch <= epoch)?.prices.get(fn),
    registered: () => tables.length > 0,
    refresh,
    awaitRegistration() {
      if (tables.length > 0) return Promise.resolve();
      if (Date.now() - lookedAt >= LOOK_MS) {
        look = refresh();
        lookedAt = Date.now();
      }
      return look;
    },
  };
}

/** null for a key that no module stands for. */
export async function moduleOf(chain: Chain, reference: string): Promise<ModuleInfo | null> {
  try {
    return await chain.getModule({ module: reference });
  } catch (error) {
    if (error instanceof RpcError && error.name === 'UNKNOWN_MODULE') return null;
    throw error;
  }
}

const tableOf = (
  prices: readonly { readonly fn: string; readonly price: Amount }[],
): ReadonlyMap<string, Amount> => new Map(prices.map(({ fn, price }) => [fn, price]));
