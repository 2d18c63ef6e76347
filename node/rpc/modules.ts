/** Modules and links as requests name and see them. */
import {
  AddressError,
  chainError,
  getEpoch,
  getModule,
  getModuleByAccount,
  getModuleByAlias,
  hashOf,
  type Link,
  type LinkProposal,
  LinkTerms,
  Metadata,
  type Module,
  type State,
} from '../../chain/index.ts';
import type { ModuleReference, Wire } from '../client/wire.ts';
import { addressOf, toAccount } from './addresses.ts';
import { toJson } from './json.ts';

const ID = /^(0|[1-9][0-9]{0,9})$/;
const MAX_ID = 0xffff_ffff;

/** A module by id (also as text), alias or address. An alias starts with a lower-case letter, so none is a number. */
export function moduleOf(state: State, reference: ModuleReference): Module {
  const found = typeof reference === 'number' ? getModule(state, reference) : byText(state, reference);
  if (found === undefined) throw chainError('UNKNOWN_MODULE', { module: reference });
  return found;
}

function byText(state: State, text: string): Module | undefined {
  if (ID.test(text)) return Number(text) <= MAX_ID ? getModule(state, Number(text)) : undefined;
  return getModuleByAlias(state, text) ?? byAddress(state, text);
}

/** What is no address is an alias that nobody has; but one with a typing error is told so. */
function byAddress(state: State, text: string): Module | undefined {
  try {
    return getModuleByAccount(state, toAccount(text));
  } catch (error) {
    if (error instanceof AddressError && error.code !== 'ADDRESS_CHECKSUM') return undefined;
    throw error;
  }
}

export function moduleJson(module: Module, epoch: number): Wire['Module'] {
  const { account, bindings, prices, ...rest } = module;
  const binding = holding(bindings, epoch);
  const table = holding(prices, epoch);
  const newest = { binding: bindings.at(-1), table: prices.at(-1) };
  const later = Math.max(newest.binding?.fromEpoch ?? 0, newest.table?.fromEpoch ?? 0);
  const pending =
    later <= epoch
      ? null
      : {
          fromEpoch: later,
          consensus: newest.binding?.consensus ?? 0,
          prices: pricesJson(newest.table?.prices),
        };
  return {
    id: rest.id,
    address: addressOf(account),
    alias: rest.alias,
    url: rest.url,
    consensus: (binding ?? newest.binding)?.consensus ?? 0,
    prices: pricesJson(table?.prices),
    pending,
    bindings,
    metadata: metadataJson(rest.metadata),
    maxLinks: rest.maxLinks,
    registeredEpoch: rest.registeredEpoch,
    retiredEpoch: rest.retiredEpoch,
  };
}

/** The newest row that holds in an epoch. Rows are kept newest last. */
const holding = <Row extends { readonly fromEpoch: number }>(rows: readonly Row[], epoch: number) =>
  rows.findLast(row => row.fromEpoch <= epoch);

const pricesJson = (prices: Module['prices'][number]['prices'] = []): Wire['Module']['prices'] =>
  prices.map(({ fn, price }) => ({ fn, price: String(price) }));

const metadataJson = (metadata: Metadata): Wire['Metadata'] => toJson(Metadata, metadata) as Wire['Metadata'];

export function linkJson(link: Link, epoch: number): Wire['Link'] {
  const { fromEpoch, untilEpoch } = link;
  const dissolved = untilEpoch !== null && untilEpoch <= epoch;
  const status = dissolved ? 'dissolved' : fromEpoch <= epoch ? 'active' : 'accepted';
  return { ...termsJson(link.terms), status, fromEpoch, untilEpoch };
}

export const proposalJson = ({ terms, proposer, expires }: LinkProposal): Wire['Link'] => ({
  ...termsJson(terms),
  status: 'proposed',
  fromEpoch: null,
  untilEpoch: null,
  proposal: { proposer, expires },
});

const termsJson = (terms: LinkTerms) => ({
  parent: terms.parent,
  child: terms.child,
  kind: terms.kind,
  shareBps: terms.shareBps,
  alias: terms.alias,
  metadata: metadataJson(terms.metadata),
  termsHash: hashOf(LinkTerms, terms),
});

export const currentEpoch = (state: State): number => getEpoch(state).number;
