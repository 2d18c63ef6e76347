/** Deep links: each screen has an address after the `#`, so that the server knows of one page only. */

export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'block'; readonly block: number | string }
  | { readonly page: 'transaction'; readonly hash: string }
  | { readonly page: 'accounts' }
  | { readonly page: 'account'; readonly address: string }
  | { readonly page: 'modules' }
  | { readonly page: 'network' }
  | { readonly page: 'plugins' }
  | { readonly page: 'module'; readonly id: number }
  /** Without an epoch the last one that can be closed. */
  | { readonly page: 'settlement'; readonly consensus: number; readonly epoch: number | null }
  | { readonly page: 'console'; readonly method: string }
  | { readonly page: 'unknown'; readonly path: string };

const HASH = /^0x[0-9a-f]{64}$/;
const METHOD = /^[A-Za-z]+[._][A-Za-z]+$/;
const NUMBER = /^(0|[1-9]\d{0,14})$/;
/** The shape of SS58; the node checks the rest. */
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{46,50}$/;

export function parseRoute(fragment: string): Route {
  const path = decoded(fragment.replace(/^#?\/?/, ''));
  const [page = '', argument, last, ...rest] = path.split('/');
  const found = rest.length > 0 ? null : (listRoute(page, argument) ?? oneRoute(page, argument ?? '', last));
  return found ?? { page: 'unknown', path };
}

function listRoute(page: string, argument: string | undefined): Route | null {
  if (argument !== undefined) return null;
  if (page === '') return { page: 'overview' };
  if (page === 'accounts' || page === 'modules' || page === 'network' || page === 'plugins') return { page };
  if (page === 'console') return { page, method: 'chain_head' };
  return page === 'settlement' ? { page, consensus: 0, epoch: null } : null;
}

function oneRoute(page: string, argument: string, last: string | undefined): Route | null {
  if (page === 'settlement' && NUMBER.test(argument) && (last === undefined || NUMBER.test(last)))
    return { page, consensus: Number(argument), epoch: last === undefined ? null : Number(last) };
  if (last !== undefined) return null;
  if (page === 'block' && NUMBER.test(argument)) return { page, block: Number(argument) };
  if (page === 'block' && HASH.test(argument)) return { page, block: argument };
  if (page === 'transaction' && HASH.test(argument)) return { page, hash: argument };
  if (page === 'account' && ADDRESS.test(argument)) return { page, address: argument };
  if (page === 'console' && METHOD.test(argument)) return { page, method: argument };
  if (page === 'module' && NUMBER.test(argument)) return { page, id: Number(argument) };
  return null;
}

/** What somebody typed or pasted. */
export type Sought = { readonly height: number } | { readonly hash: string } | { readonly address: string };

/** A height, a hash, an address, or one of the names that the page knows. null for anything else. */
export function parseSearch(text: string, names: ReadonlyMap<string, string>): Sought | null {
  const word = text.trim();
  if (NUMBER.test(word)) return { height: Number(word) };
  if (HASH.test(word.toLowerCase())) return { hash: word.toLowerCase() };
  if (ADDRESS.test(word)) return { address: word };
  const named = [...names].find(([, name]) => name.toLowerCase() === word.toLowerCase());
  return named === undefined ? null : { address: named[0] };
}

export const blockLink = (block: number | string): string => `#/block/${block}`;
export const accountLink = (address: string): string => `#/account/${address}`;
export const moduleLink = (id: number): string => `#/module/${id}`;
export const settlementLink = (consensus: number, epoch: number | null): string =>
  `#/settlement/${consensus}${epoch === null ? '' : `/${epoch}`}`;
export const consoleLink = (method: string): string => `#/console/${method}`;
export const transactionLink = (hash: string): string => `#/transaction/${hash}`;

/** A broken escape stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text;
  }
}
