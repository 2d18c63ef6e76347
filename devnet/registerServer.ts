import type { KeyPair } from '../chain/index.ts';
import type { ModuleDefinition } from '../module/index.ts';
import type { Client, ModuleInfo } from '../node/client/index.ts';
import { inline } from './commands/modules.ts';

export interface Registration {
  readonly client: Client;
  readonly key: KeyPair;
  readonly alias: string;
  readonly url: string;
  readonly functions: ModuleDefinition['functions'];
  readonly maxLinks?: number;
}

/** Makes the chain know a server as it is now: registers its key as a module, or updates what differs. */
export async function registerServer({
  client,
  key,
  alias,
  url,
  functions,
  maxLinks = 16,
}: Registration): Promise<ModuleInfo> {
  const prices = Object.entries(functions)
    .map(([fn, { price }]) => ({ fn, price }))
    .sort((a, b) => (a.fn < b.fn ? -1 : 1));
  const known = (await client.listModules()).find(({ address }) => address === key.address);
  if (known === undefined) {
    const metadata = inline('');
    await client.send({
      from: key,
      call: { kind: 'registerModule', alias, url, consensus: 0, prices, metadata, maxLinks },
    });
  } else if (known.url !== url || !samePrices(known.pending?.prices ?? known.prices, prices)) {
    await client.send({
      from: key,
      call: {
        kind: 'updateModule',
        module: known.id,
        alias: null,
        url,
        consensus: null,
        prices: samePrices(known.pending?.prices ?? known.prices, prices) ? null : prices,
        metadata: null,
        maxLinks: null,
      },
    });
  }
  return client.getModule({ module: key.address });
}

type Prices = readonly { readonly fn: string; readonly price: bigint }[];

function samePrices(a: Prices, b: Prices): boolean {
  const text = (prices: Prices): string =>
    prices
      .map(({ fn, price }) => `${fn}=${price}`)
      .sort()
      .join();
  return text(a) === text(b);
}
