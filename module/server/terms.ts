/** What holds on chain for this module, by epoch: prices (OVER_PRICE), and who judges its claims (NOT_BOUND). */
import type { Amount, ConsensusModule } from '../../consensus/interface/index.ts';
import type { ConsensusInfo, ModuleInfo } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';
import { claimersOf } from './claimers.ts';

/** Prices by function, from an epoch on. */
interface PriceTable {
  readonly fromEpoch: number;
  readonly prices: ReadonlyMap<string, Amount>;
}

export interface Terms {
  /** What the chain lets this module charge for one call in an epoch; undefined while it knows no price. */
  price(fn: string, epoch: number): Amount | undefined;
  /** The consensus module that settles the calls of an epoch; undefined while the module is not registered. */
  consensus(epoch: number): number | undefined;
  /** The code that prepares claims for that one; undefined where this server has none. */
  claimer(epoch: number): ConsensusModule | undefined;
  /** Whether the module stands on the chain at all, as of the last look. */
  registered(): boolean;
  /** Looks at the chain again; rejects if it does not answer. */
  refresh(): Promise<void>;
  /**
   * Resolves when prices and binding of this epoch are known as the chain has them: they may have changed since the last
   * look if that was in an earlier epoch. `current` is the chain's epoch; for a later one, and for a module that was not
   * there, it asks at most every 250 ms.
   */
  ready(epoch: number, current: number): Promise<void>;
}

const LOOK_MS = 250;
/** Looks that may find a node still behind the epoch that it, or another behind the same URL, has told of. */
const LOOKS = 5;
/** Epochs whose prices are remembered: calls look one back. */
const KEPT = 8;

/** Follows the module that a server's key stands for. Its owner may register it after the server has started. */
export async function followTerms(
  chain: Chain,
  server: string,
  mechanisms: readonly ConsensusModule[] = [],
): Promise<Terms> {
  // Newest first.
  let tables: readonly PriceTable[] = [];
  let bindings: ModuleInfo['bindings'] = [];
  let claimers: ReadonlyMap<number, ConsensusModule> = new Map();
  /** Epoch of the last look. */
  let seen = -1;

  async function look(): Promise<void> {
    const { epoch, module, registered } = await lookAt(chain, server);
    seen = epoch;
    claimers = claimersOf(registered, mechanisms);
    bindings = module?.bindings ?? [];
    if (module === null) {
      tables = [];
      return;
    }
    const now = { fromEpoch: epoch, prices: tableOf(module.prices) };
    const next = module.pending && {
      fromEpoch: module.pending.fromEpoch,
      prices: tableOf(module.pending.prices),
    };
    const past = tables.filter(table => table.fromEpoch < epoch).slice(0, KEPT);
    tables = next === null ? [now, ...past] : [next, now, ...past];
  }

  let lookedAt = 0;
  let running: Promise<void> | null = null;
  function refresh(): Promise<void> {
    lookedAt = Date.now();
    running ??= look().finally(() => {
      running = null;
    });
    return running;
  }

  /** Before the first one that the chain still names nothing can be claimed any more. */
  const consensus = (epoch: number): number | undefined =>
    (bindings.findLast(({ fromEpoch }) => fromEpoch <= epoch) ?? bindings[0])?.consensus;

  await refresh();
  return {
    price: (fn, epoch) => tables.find(table => table.fromEpoch <= epoch)?.prices.get(fn),
    consensus,
    claimer(epoch) {
      const id = consensus(epoch);
      return id === undefined ? undefined : claimers.get(id);
    },
    registered: () => tables.length > 0,
    refresh,
    async ready(epoch, current) {
      // One that is under way may have begun before the epoch did.
      for (let left = LOOKS; epoch > seen && epoch <= current; left--) {
        if (left === 0) throw new Error(`the node is in epoch ${seen}, not yet in ${epoch}`);
        await refresh();
      }
      if (tables.length > 0 && epoch <= seen) return;
      await (running ?? (Date.now() - lookedAt >= LOOK_MS ? refresh() : undefined));
    },
  };
}

interface Look {
  readonly epoch: number;
  readonly module: ModuleInfo | null;
  readonly registered: readonly ConsensusInfo[];
}

/** What the chain says within one epoch: prices and bindings change where an epoch does. */
async function lookAt(chain: Chain, server: string): Promise<Look> {
  for (let { epoch } = await chain.getCurrentEpoch(); ; ) {
    const [module, registered] = await Promise.all([moduleOf(chain, server), chain.listConsensus()]);
    const { epoch: after } = await chain.getCurrentEpoch();
    if (after === epoch) return { epoch, module, registered };
    epoch = after;
  }
}

/** null for a key that no module stands for. */
export async function moduleOf(chain: Chain, reference: string): Promise<ModuleInfo | null> {
  try {
    return await chain.getModule({ module: reference });
  } catch (error) {
    // By its name: routers may run with another copy of the node's client than their server.
    if (error instanceof Error && error.name === 'UNKNOWN_MODULE') return null;
    throw error;
  }
}

const tableOf = (
  prices: readonly { readonly fn: string; readonly price: Amount }[],
): ReadonlyMap<string, Amount> => new Map(prices.map(({ fn, price }) => [fn, price]));
