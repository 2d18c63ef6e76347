import {
  type Account,
  type BlockInfo,
  type Capability,
  CapabilityError,
  guardAccount,
  guardBytes,
  guardEpoch,
  guardFunction,
  guardId,
  guardScan,
  guardTarget,
  type ScanOptions,
  type View,
} from '../../consensus/interface/index.ts';
import { LIMITS } from '../format/limits.ts';
import type { StateReader } from '../state/index.ts';
import type { BlockContext } from './context.ts';
import {
  getAccount,
  getConsensus,
  getEpoch,
  getModule,
  getModuleByAccount,
  getReserve,
  getStakeSnapshot,
  linksOfParent,
} from './getters.ts';
import { storageKey } from './tables.ts';
import { moduleAt, priceAt } from './terms.ts';

/**
 * What a consensus module may read of the state (spec section 6). A read without its capability throws
 * {@link CapabilityError}. An unknown id has no capabilities, no pot and no storage.
 */
export function viewOf(state: StateReader, consensus: number): View {
  // Read when it is needed: who asks a mechanism elsewhere seldom looks at the view.
  let known: readonly string[] | undefined;
  const granted = (): readonly string[] => {
    known ??= getConsensus(state, consensus)?.capabilities ?? [];
    return known;
  };
  const need = (capability: Capability): void => {
    if (!granted().includes(capability)) throw new CapabilityError(capability);
  };
  return {
    get: key => rowOf(state, consensus, key),
    scan: (prefix, options) => rowsUnder(state, consensus, prefix, options),
    pot: () => getConsensus(state, consensus)?.pot ?? 0n,
    balance(account) {
      guardAccount(account);
      need('read_balances');
      return getAccount(state, account).free;
    },
    reserve(client, server) {
      guardAccount(client);
      guardAccount(server);
      need('read_reserves');
      return getReserve(state, consensus, client, server);
    },
    module(idOrAccount, epoch = getEpoch(state).number) {
      if (typeof idOrAccount === 'number') guardId(idOrAccount);
      else guardAccount(idOrAccount);
      guardEpoch(epoch);
      need('read_modules');
      const module = findModule(state, idOrAccount);
      return module && moduleAt(module, epoch);
    },
    price(module, fn, epoch) {
      guardId(module);
      guardFunction(fn);
      guardEpoch(epoch);
      need('read_modules');
      const found = getModule(state, module);
      return found && priceAt(found, fn, epoch);
    },
    children(parent, epoch) {
      guardId(parent);
      guardEpoch(epoch);
      need('read_links');
      return linksOfParent(state, parent, epoch).map(({ terms: { metadata: _, ...link } }) => link);
    },
    stake(target) {
      guardTarget(target);
      need('read_stake');
      return getStakeSnapshot(state, target);
    },
  };
}

/** What a consensus module may know of the block it runs in. */
export const blockInfo = ({ parameters, block, epoch }: BlockContext, consensus: number): BlockInfo => ({
  chainId: parameters.chainId,
  consensus,
  height: block.height,
  epoch: epoch.number,
  time: block.time,
  graceEpochs: parameters.graceEpochs,
});

/** A row of a module's own. A copy, so that nothing writes past the kernel. */
function rowOf(state: StateReader, consensus: number, key: Uint8Array): Uint8Array | undefined {
  guardBytes(key);
  if (key.length > LIMITS.storageKey) return undefined;
  const value = state.get(storageKey(consensus, key));
  return value && new Uint8Array(value);
}

/** Rows of a module's own, their keys without the part that sets them apart. Copies too. */
function rowsUnder(
  state: StateReader,
  consensus: number,
  prefix: Uint8Array,
  { after, limit }: ScanOptions = {},
): (readonly [Uint8Array, Uint8Array])[] {
  guardScan(prefix, { after, limit });
  const options = {
    ...(after === undefined ? {} : { after: storageKey(consensus, after) }),
    ...(limit === undefined ? {} : { limit }),
  };
  const start = storageKey(consensus, prefix);
  const ownFrom = start.length - prefix.length;
  return Array.from(
    state.scan(start, options),
    ([key, value]) => [key.slice(ownFrom), new Uint8Array(value)] as const,
  );
}

const findModule = (state: StateReader, idOrAccount: number | Account) =>
  typeof idOrAccount === 'number' ? getModule(state, idOrAccount) : getModuleByAccount(state, idOrAccount);
