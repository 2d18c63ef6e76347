/** Whom to call: an alias, id or address that the chain knows, or a URL. */
import { fromAddress } from '../../chain/index.ts';
import type { Account, Amount } from '../../consensus/interface/index.ts';
import { type ModuleInfo, RpcError } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';
import { ModuleError, messageOf } from '../errors.ts';
import { fetchText } from './http.ts';

export interface Target {
  readonly address: string;
  readonly account: Account;
  /** Without a slash at the end. */
  readonly url: string;
  /** Base units, as of the epoch in which it was looked up. */
  readonly prices: ReadonlyMap<string, Amount>;
}

/** Throws TARGET_INVALID, or UNREACHABLE for a URL that does not answer. */
export function findTarget(chain: Chain, target: string | number, timeoutMs: number): Promise<Target> {
  if (typeof target === 'string' && /^https?:\/\//.test(target)) return ask(target, timeoutMs);
  const reference = typeof target === 'string' && /^\d{1,10}$/.test(target) ? Number(target) : target;
  return lookUp(chain, reference);
}

async function lookUp(chain: Chain, reference: string | number): Promise<Target> {
  const { address, url, prices } = await moduleOf(chain, reference);
  if (!/^https?:\/\//.test(url))
    throw invalid(`module ${reference} has no URL`, 'its owner sets one with devnet module update');
  return targetOf(address, url, prices);
}

async function moduleOf(chain: Chain, reference: string | number): Promise<ModuleInfo> {
  try {
    return await chain.getModule({ module: reference });
  } catch (error) {
    if (error instanceof RpcError && error.name === 'UNKNOWN_MODULE')
      throw invalid(`no module ${reference}`, 'devnet module list shows the modules', error);
    throw error;
  }
}

/** The server tells its own address; its signature on the receipt proves it. */
async function ask(url: string, timeoutMs: number): Promise<Target> {
  const { status, text } = await fetchText(url, { method: 'GET' }, timeoutMs);
  try {
    const description = JSON.parse(text) as { address: string; functions: Record<string, { price: string }> };
    const prices = Object.entries(description.functions).map(([fn, { price }]) => ({
      fn,
      price: BigInt(price),
    }));
    return targetOf(description.address, url, prices);
  } catch (cause) {
    throw invalid(
      `${url} is no module server (HTTP ${status}): ${messageOf(cause)}`,
      'GET / of a module describes it',
      cause,
    );
  }
}

const targetOf = (
  address: string,
  url: string,
  prices: readonly { readonly fn: string; readonly price: Amount }[],
): Target => ({
  address,
  account: fromAddress(address),
  url: url.replace(/\/+$/, ''),
  prices: new Map(prices.map(({ fn, price }) => [fn, price])),
});

const invalid = (message: string, hint: string, cause?: unknown): ModuleError =>
  new ModuleError('TARGET_INVALID', message, hint, { cause });
