/** Deep links: each screen has an address after the `#`, so that the server knows of one page only. */

export type Route =
  | { readonly page: ListPage }
  | { readonly page: 'block'; readonly block: number | string }
  | { readonly page: 'transaction'; readonly hash: string }
  | { readonly page: 'account'; readonly address: string }
  | { readonly page: 'module'; readonly id: number }
  /** Without an epoch the last one that can be closed. */
  | { readonly page: 'settlement'; readonly consensus: number; readonly epoch: number | null }
  /** Why an account earned something when this epoch was closed. */
  | { readonly page: 'earned'; readonly consensus: number; readonly epoch: number; readonly address: string }
  /** Calls of this epoch; without one, of the last that is over. */
  | { readonly page: 'receipts'; readonly consensus: number; readonly epoch: number | null }
  | ({ readonly page: 'receipt'; readonly consensus: number; readonly epoch: number } & Pair)
  | { readonly page: 'console'; readonly method: string }
  | { readonly page: 'unknown'; readonly path: string };

/** Who serves, and who pays. */
export interface Pair {
  readonly server: string;
  readonly client: string;
}

const LISTS = ['accounts', 'modules', 'network', 'plugins', 'logs', 'snapshots'] as const;
type ListPage = 'overview' | (typeof LISTS)[number];

const HASH = /^0x[0-9a-f]{64}$/;
const METHOD = /^[A-Za-z]+[._][A-Za-z]+$/;
const NUMBER = /^(0|[1-9]\d{0,14})$/;
/** The shape of SS58; the node checks the rest. */
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{46,50}$/;

/** What stands after the name of a page; null where that is nothing for it. */
type Shape = (...parts: readonly string[]) => Route | null;

/** By the number of its parts, and the form of each. */
const shape =
  (forms: readonly RegExp[], make: (...parts: readonly string[]) => Route): Shape =>
  (...parts) =>
    parts.length === forms.length && forms.every((form, i) => form.test(parts[i] ?? ''))
      ? make(...parts)
      : null;

const either =
  (...shapes: readonly Shape[]): Shape =>
  (...parts) =>
    shapes.reduce<Route | null>((found, one) => found ?? one(...parts), null);

/** A list of one mechanism and epoch: with both, of the latest epoch of one, of the latest of consensus-0. */
const ofEpoch = (page: 'settlement' | 'receipts'): Shape =>
  either(
    shape([], () => ({ page, consensus: 0, epoch: null })),
    shape([NUMBER], consensus => ({ page, consensus: Number(consensus), epoch: null })),
    shape([NUMBER, NUMBER], (consensus, epoch) => ({
      page,
      consensus: Number(consensus),
      epoch: Number(epoch),
    })),
  );

const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['', shape([], () => ({ page: 'overview' }))],
  ...LISTS.map(page => [page, shape([], () => ({ page }))] as const),
  [
    'block',
    either(
      shape([NUMBER], block => ({ page: 'block', block: Number(block) })),
      shape([HASH], (block = '') => ({ page: 'block', block })),
    ),
  ],
  ['transaction', shape([HASH], (hash = '') => ({ page: 'transaction', hash }))],
  ['account', shape([ADDRESS], (address = '') => ({ page: 'account', address }))],
  ['module', shape([NUMBER], id => ({ page: 'module', id: Number(id) }))],
  ['settlement', ofEpoch('settlement')],
  [
    'earned',
    shape([NUMBER, NUMBER, ADDRESS], (consensus, epoch, address = '') => ({
      page: 'earned',
      consensus: Number(consensus),
      epoch: Number(epoch),
      address,
    })),
  ],
  ['receipts', ofEpoch('receipts')],
  [
    'receipt',
    shape([NUMBER, NUMBER, ADDRESS, ADDRESS], (consensus, epoch, server = '', client = '') => ({
      page: 'receipt',
      consensus: Number(consensus),
      epoch: Number(epoch),
      server,
      client,
    })),
  ],
  [
    'console',
    either(
      shape([], () => ({ page: 'console', method: 'chain_head' })),
      shape([METHOD], (method = '') => ({ page: 'console', method })),
    ),
  ],
]);

export function parseRoute(fragment: string): Route {
  const path = decoded(fragment.replace(/^#?\/?/, ''));
  const [page = '', ...parts] = path.split('/');
  return SHAPES.get(page)?.(...parts) ?? { page: 'unknown', path };
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
const epochLink =
  (page: 'settlement' | 'receipts') =>
  (consensus: number, epoch: number | null): string =>
    `#/${page}/${consensus}${epoch === null ? '' : `/${epoch}`}`;
export const settlementLink = epochLink('settlement');
export const receiptsLink = epochLink('receipts');
export const receiptLink = (consensus: number, epoch: number, { server, client }: Pair): string =>
  `#/receipt/${consensus}/${epoch}/${server}/${client}`;
export const earnedLink = (consensus: number, epoch: number, address: string): string =>
  `#/earned/${consensus}/${epoch}/${address}`;
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
