/** Deep links: each screen has an address after the `#`, so that the server knows of one page only. */

export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'block'; readonly block: number | string }
  | { readonly page: 'transaction'; readonly hash: string }
  | { readonly page: 'unknown'; readonly path: string };

const HASH = /^0x[0-9a-f]{64}$/;
const HEIGHT = /^(0|[1-9]\d{0,15})$/;

export function parseRoute(fragment: string): Route {
  const path = decoded(fragment.replace(/^#?\/?/, ''));
  const [page = '', argument = '', ...rest] = path.split('/');
  if (rest.length > 0) return { page: 'unknown', path };
  if (page === '' && argument === '') return { page: 'overview' };
  if (page === 'block' && HEIGHT.test(argument)) return { page, block: Number(argument) };
  if (page === 'block' && HASH.test(argument)) return { page, block: argument };
  if (page === 'transaction' && HASH.test(argument)) return { page, hash: argument };
  return { page: 'unknown', path };
}

/** What somebody typed or pasted: a height, or the hash of a block or a transaction. null for anything else. */
export type Sought = { readonly height: number } | { readonly hash: string };

export function parseSearch(text: string): Sought | null {
  const word = text.trim().toLowerCase();
  if (HEIGHT.test(word)) return { height: Number(word) };
  return HASH.test(word) ? { hash: word } : null;
}

export const blockLink = (block: number | string): string => `#/block/${block}`;
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
