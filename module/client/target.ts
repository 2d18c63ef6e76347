/** Whom to call: an alias, id or address that the chain knows, or a URL. */
import { fromAddress } from '../../chain/index.ts';
import type { Account, Amount } from '../../consensus/interface/index.ts';
import { type ModuleInfo, RpcError } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';
import { ModuleError } from '../errors.ts';
import { type Description, fetchDescription } from './description.ts';
import type { Http } from './http.ts';

export interface Target {
  readonly address: string;
  readonly account: Account;
  /** Without a slash at the end. */
  readonly url: string;
  /**
   * Base units by function, as of the epoch in which it was looked up: what the chain lets the module charge. Nothing
   * for a module that the chain does not know, whatever its server says, since a claim above that is refused.
   */
  readonly prices: ReadonlyMap<string, Amount>;
}

/** A module whose address and URL the caller knows: nobody is asked, and only its signature counts. */
export interface Place {
  readonly address: string;
  readonly url: string;
}

/** By alias, id, address, URL, or place. */
export type TargetReference = string | number | Place;

/** How a client reaches modules. */
export interface Reach {
  readonly chain: Chain;
  readonly chainId: string;
  readonly http: Http;
}

/** Throws TARGET_INVALID, or UNREACHABLE for a URL that does not answer. */
export async function findTarget(reach: Reach, target: TargetReference): Promise<Target> {
  if (typeof target === 'object') return atPlace(target);
  if (typeof target === 'string' && /^https?:\/\//.test(target)) return atUrl(reach, trimmed(target));
  const reference = typeof target === 'string' && /^\d{1,10}$/.test(target) ? Number(target) : target;
  const module = await moduleOf(reach.chain, reference);
  if (module === null) throw invalid(`no module ${reference}`, 'devnet module list shows the modules');
  return { ...atPlace(module), prices: tableOf(module.prices) };
}

function atPlace({ address, url }: Place): Target {
  if (!/^https?:\/\//.test(url))
    throw invalid(`module ${address} has no URL`, 'its owner sets one with devnet module update');
  return { address, account: fromAddress(address), url: trimmed(url), prices: new Map() };
}

/** What a target's server says of itself. Throws TARGET_INVALID if it is another one, or on another chain. */
export async function describeTarget(reach: Reach, { url, address }: Target): Promise<Description> {
  const description = await described(reach, url);
  if (description.address === address) return description;
  throw invalid(
    `the server at ${url} is ${description.address}, not ${address}`,
    'its owner sets the URL with devnet module update',
  );
}

/** The server tells its own address; its signature on the receipt proves it. */
async function atUrl(reach: Reach, url: string): Promise<Target> {
  const { address, account } = await described(reach, url);
  const module = await moduleOf(reach.chain, address);
  return { address, account, url, prices: tableOf(module?.prices ?? []) };
}

async function described({ http, chainId }: Reach, url: string): Promise<Description> {
  const description = await fetchDescription(url, http);
  if (description.chain === chainId) return description;
  throw invalid(`the module at ${url} is on another chain than ${chainId}`, 'ask a node of its chain');
}

async function moduleOf(chain: Chain, reference: string | number): Promise<ModuleInfo | null> {
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

const trimmed = (url: string): string => url.replace(/\/+$/, '');

const invalid = (message: string, hint: string): ModuleError =>
  new ModuleError('TARGET_INVALID', message, hint);
