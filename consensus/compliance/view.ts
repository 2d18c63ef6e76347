import {
  type Account,
  type Capability,
  CapabilityError,
  type Hex,
  type ScanOptions,
  toHex,
  type View,
} from '../interface/index.ts';
import type { Books } from './ledger.ts';
import type { Terms, World } from './world.ts';

const PART: readonly Terms[] = [];

/** Own storage, ascending by key. */
export class Storage {
  readonly #rows = new Map<Hex, { readonly key: Uint8Array; readonly value: Uint8Array }>();
  #order: Hex[] | undefined;

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(toHex(key))?.value.slice();
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const name = toHex(key);
    if (!this.#rows.has(name)) this.#order = undefined;
    this.#rows.set(name, { key: key.slice(), value: value.slice() });
  }

  delete(key: Uint8Array): void {
    if (this.#rows.delete(toHex(key))) this.#order = undefined;
  }

  scan(
    prefix: Uint8Array,
    { after, limit }: ScanOptions = {},
  ): readonly (readonly [Uint8Array, Uint8Array])[] {
    this.#order ??= [...this.#rows.keys()].sort();
    const start = toHex(prefix);
    const last = after === undefined ? undefined : toHex(after);
    const found: (readonly [Uint8Array, Uint8Array])[] = [];
    for (const name of this.#order) {
      if (found.length >= (limit ?? Number.POSITIVE_INFINITY)) break;
      const row = this.#rows.get(name);
      if (row === undefined || !name.startsWith(start) || (last !== undefined && name <= last)) continue;
      found.push([row.key.slice(), row.value.slice()]);
    }
    return found;
  }

  get size(): number {
    return this.#rows.size;
  }
}

/** The view of a module with these capabilities; a read without its capability throws, as on the chain. */
export function viewOf(
  world: World,
  books: Books,
  storage: Storage,
  allowed: ReadonlySet<Capability>,
  currentEpoch: () => number,
): View {
  const need = (capability: Capability): void => {
    if (!allowed.has(capability)) throw new CapabilityError(capability);
  };
  const termsAt = (epoch: number): Terms | undefined =>
    (world.terms ?? PART).findLast(({ fromEpoch }) => fromEpoch <= epoch);
  const moduleAt = (idOrAccount: number | Account, epoch: number) =>
    termsAt(epoch)?.modules.find(module => module.id === idOrAccount || module.account === idOrAccount);
  return {
    get: key => storage.get(key),
    scan: (prefix, options) => storage.scan(prefix, options),
    pot: () => books.pot(),
    balance(account) {
      need('read_balances');
      return books.free(account);
    },
    reserve(client, server) {
      need('read_reserves');
      return books.reserve(client, server);
    },
    module(idOrAccount, epoch = currentEpoch()) {
      need('read_modules');
      const found = moduleAt(idOrAccount, epoch);
      if (found === undefined) return undefined;
      const { id, account, alias, consensus, retired } = found;
      return { id, account, alias, consensus, retired };
    },
    price(module, fn, epoch) {
      need('read_modules');
      const prices = moduleAt(module, epoch)?.prices ?? {};
      return Object.hasOwn(prices, fn) ? prices[fn] : undefined;
    },
    children(parent, epoch) {
      need('read_links');
      const links = termsAt(epoch)?.links ?? [];
      return links.filter(link => link.parent === parent).sort((a, b) => a.child - b.child);
    },
    stake(target) {
      need('read_stake');
      const name = target.kind === 'module' ? target.module : target.validator;
      return (world.stakes ?? []).find(stake => stake.target === name)?.amount ?? 0n;
    },
  };
}
