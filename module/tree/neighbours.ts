/** The other ends of a module's active links, followed as the chain changes. */
import { fromAddress } from '../../chain/index.ts';
import type { Account, LinkKind } from '../../consensus/interface/index.ts';
import type { LinkInfo } from '../../node/client/index.ts';
import { moduleOf } from '../server/terms.ts';
import { type WatchOptions, watch } from './watch.ts';

export interface Neighbour {
  readonly id: number;
  readonly account: Account;
  readonly address: string;
  /** Of the module, not of the link. */
  readonly alias: string;
  readonly url: string;
  readonly kind: LinkKind;
  readonly shareBps: number;
}

export interface NeighboursOptions extends Pick<WatchOptions, 'chain' | 'address' | 'log' | 'clock'> {
  readonly side: 'children' | 'parents';
  /** All kinds when absent. */
  readonly kinds?: readonly LinkKind[] | undefined;
  /** Hears of all of them, at first and after each change. */
  readonly onChange: (neighbours: readonly Neighbour[]) => void;
}

export interface Neighbours {
  /** Looks at the chain now; resolves when what was found is told. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Follows the children or the parents of the module that `address` stands for; none as long as it is not registered.
 * Links change with an epoch, URLs and aliases at any time.
 */
export function followNeighbours(options: NeighboursOptions): Promise<Neighbours> {
  const { chain, address, side, kinds, onChange, log, clock } = options;
  let told: string | null = null;

  async function look(): Promise<readonly number[]> {
    const self = await moduleOf(chain, address);
    const links = self === null ? [] : await linksOf(self.id);
    const neighbours = await Promise.all(links.map(neighbourOf));
    const text = JSON.stringify(neighbours);
    if (text !== told) onChange(neighbours);
    told = text;
    return self === null ? [] : [self.id, ...neighbours.map(({ id }) => id)];
  }

  async function linksOf(module: number): Promise<readonly LinkInfo[]> {
    const ask = side === 'children' ? chain.getLinkChildren : chain.getLinkParents;
    const links = await ask({ module });
    return links.filter(
      ({ status, kind }) => status === 'active' && (kinds === undefined || kinds.includes(kind)),
    );
  }

  async function neighbourOf({ parent, child, kind, shareBps }: LinkInfo): Promise<Neighbour> {
    const module = await chain.getModule({ module: side === 'children' ? child : parent });
    const { id, alias } = module;
    const url = module.url.replace(/\/+$/, '');
    return { id, account: fromAddress(module.address), address: module.address, alias, url, kind, shareBps };
  }

  return watch({ chain, address, look, log, clock });
}
