/** Putting a module on the chain, and keeping what stands there in line with what its server does. */
import type { KeyPair } from '../chain/index.ts';
import type { ModuleInfo } from '../node/client/index.ts';
import type { Chain } from './chain.ts';
import type { ModuleDefinition } from './server/definition.ts';
import { moduleOf } from './server/terms.ts';

export interface RegisterOptions {
  readonly key: KeyPair;
  readonly client: Chain;
  /** Unique on the chain. */
  readonly alias: string;
  readonly url: string;
  readonly functions: ModuleDefinition['functions'];
  readonly consensus?: number | undefined;
  /** Most children that it may link; 16 when absent. */
  readonly maxLinks?: number | undefined;
}

/**
 * Registers the key's module, or updates its alias, URL and prices where they differ. Resolves with what then stands
 * on the chain; prices may hold from the next epoch only (`pending`). Rejects with the chain's RpcError.
 */
export async function registerModule(options: RegisterOptions): Promise<ModuleInfo> {
  const { key, client, alias, url, consensus = 0, maxLinks = 16 } = options;
  const prices = Object.entries(options.functions)
    .map(([fn, { price }]) => ({ fn, price }))
    .sort((a, b) => (a.fn < b.fn ? -1 : 1));
  const known = await moduleOf(client, key.address);
  if (known === null) {
    const metadata = { kind: 'inline', data: new Uint8Array() } as const;
    await client.send({
      from: key,
      call: { kind: 'registerModule', alias, url, consensus, prices, metadata, maxLinks },
    });
    return client.getModule({ module: key.address });
  }
  const change = {
    alias: known.alias === alias ? null : alias,
    url: known.url === url ? null : url,
    prices: samePrices((known.pending ?? known).prices, prices) ? null : prices,
  };
  if (change.alias === null && change.url === null && change.prices === null) return known;
  await client.send({
    from: key,
    call: {
      kind: 'updateModule',
      module: known.id,
      ...change,
      consensus: null,
      metadata: null,
      maxLinks: null,
    },
  });
  return client.getModule({ module: key.address });
}

type Prices = readonly { readonly fn: string; readonly price: bigint }[];

function samePrices(a: Prices, b: Prices): boolean {
  const text = (prices: Prices): string =>
    prices
      .map(({ fn, price }) => `${fn} ${price}`)
      .sort()
      .join('\n');
  return text(a) === text(b);
}
