/** Transactions by the names that tests use. */
import { hashOf, type KernelCall, LinkTerms } from '../../chain/index.ts';
import { encode } from '../../consensus/interface/index.ts';
import type { Name, Reads } from './reads.ts';
import type { LinkOptions, RegisterOptions } from './types.ts';

const NO_METADATA = { kind: 'inline', data: new Uint8Array() } as const;
const MAX_LINKS = 16;

/** A call of a method, and what it is called in errors. */
export function methodCall(
  { idOf, moduleOf }: Reads,
  { consensus, name, args, value }: { consensus: Name; name: string; args: unknown; value: bigint },
): { readonly call: KernelCall; readonly what: string } {
  const { info, calls } = moduleOf(consensus);
  const method = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (method === undefined)
    throw new RangeError(`${info.name} has no method ${name}: ${Object.keys(calls).join(', ')}`);
  const bytes = encode(method.codec, args);
  return {
    call: { kind: 'call', consensus: idOf(consensus), method: name, args: bytes, value },
    what: `${info.name}.${name}`,
  };
}

export const registration = (
  { idOf }: Reads,
  who: string,
  { alias = who, prices = {}, maxLinks = MAX_LINKS, url = '', consensus = 0 }: RegisterOptions,
): KernelCall => ({
  kind: 'registerModule',
  alias,
  url,
  consensus: idOf(consensus),
  prices: Object.entries(prices)
    .map(([fn, price]) => ({ fn, price }))
    .sort((a, b) => (a.fn < b.fn ? -1 : 1)),
  metadata: NO_METADATA,
  maxLinks,
});

/** The proposal by the parent, and the child's yes to exactly that. */
export function linkCalls(
  parent: number,
  child: number,
  { shareBps, kind = 'custom', alias = `child-${child}` }: LinkOptions,
  epoch: number,
): { readonly propose: KernelCall; readonly accept: KernelCall } {
  const terms: LinkTerms = { parent, child, kind, shareBps, alias, metadata: NO_METADATA };
  return {
    propose: { kind: 'proposeLink', terms, expires: epoch + 1 },
    accept: { kind: 'acceptLink', parent, child, termsHash: hashOf(LinkTerms, terms) },
  };
}
