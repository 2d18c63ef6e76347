/** Kernel calls with what a test does not care about filled in. */
import { type CallOf, type KernelCall, type LinkTerms, TOKEN } from '../../chain/index.ts';
import type { Account } from '../../consensus/interface/index.ts';

export const transfer = (to: Account, amount: bigint = TOKEN): KernelCall => ({
  kind: 'transfer',
  to,
  amount,
});

export const NO_METADATA = { kind: 'inline', data: new Uint8Array() } as const;

export const registerModule = (alias: string, rest: Partial<CallOf<'registerModule'>> = {}): KernelCall => ({
  kind: 'registerModule',
  alias,
  url: 'http://127.0.0.1:9000',
  consensus: 0,
  prices: [{ fn: 'echo', price: 1_000n }],
  metadata: NO_METADATA,
  maxLinks: 16,
  ...rest,
});

export const updateModule = (module: number, rest: Partial<CallOf<'updateModule'>>): KernelCall => ({
  kind: 'updateModule',
  module,
  alias: null,
  url: null,
  consensus: null,
  prices: null,
  metadata: null,
  maxLinks: null,
  ...rest,
});

export const linkTerms = (parent: number, child: number, rest: Partial<LinkTerms> = {}): LinkTerms => ({
  parent,
  child,
  kind: 'replica',
  shareBps: 1000,
  alias: `child-${child}`,
  metadata: NO_METADATA,
  ...rest,
});

export const onModule = (module: number) => ({ kind: 'module', module }) as const;
export const onValidator = (validator: Account) => ({ kind: 'validator', validator }) as const;
