/** What `GET /` tells (interface page). */
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { CALL_LIMITS, MAX_DEPTH } from '../protocol/index.ts';
import { type Functions, type FunctionTerms, invalid } from './definition.ts';
import type { Site } from './site.ts';

export interface FunctionDescription {
  readonly description: string;
  /** Base units, decimal, in this epoch. Before the module is registered: what its owner has in mind. */
  readonly price: string;
  /** From the next epoch on, if it changes then. */
  readonly nextPrice?: string;
  /** Whether it answers with lines (docs/protocol/calls.md, "Streaming results"). */
  readonly streams: boolean;
  /** JSON schema of the params. */
  readonly params: object;
  /** JSON schema of the result, or of each chunk; absent where the owner says nothing about it. */
  readonly result?: object;
}

export interface ModuleDescription {
  readonly address: string;
  readonly description: string;
  readonly chain: string;
  readonly protocol: 2;
  readonly consensus: number;
  readonly epoch: number;
  /** Bytes; `depth` is the deepest nesting of params and result. */
  readonly limits: {
    readonly body: number;
    readonly auth: number;
    readonly stream: number;
    readonly depth: number;
  };
  readonly functions: { readonly [name: string]: FunctionDescription };
}

/** Works the schemas out once. Throws DEFINITION_INVALID for one that is no schema of zod 4. */
export function createDescriber(
  functions: Functions,
  description: string,
): (site: Site) => ModuleDescription {
  const schemas = [...functions].map(([name, terms]) => ({ name, terms, ...schemasOf(name, terms) }));
  return site => ({
    address: site.key.address,
    description,
    chain: site.chainId,
    protocol: 2,
    consensus: site.terms.consensus(site.epochs.current()) ?? 0,
    epoch: site.epochs.current(),
    limits: {
      body: CALL_LIMITS.body,
      auth: CALL_LIMITS.blob,
      stream: CALL_LIMITS.stream,
      depth: MAX_DEPTH,
    },
    functions: Object.fromEntries(
      schemas.map(({ name, terms, ...schema }) => [
        name,
        {
          description: terms.description ?? '',
          ...pricesOf(site, name, terms),
          streams: terms.streams === true,
          ...schema,
        },
      ]),
    ),
  });
}

function pricesOf(site: Site, name: string, terms: FunctionTerms): { price: string; nextPrice?: string } {
  const epoch = site.epochs.current();
  const at = (which: number): string =>
    String(terms.price === 0n ? 0n : (site.terms.price(name, which) ?? terms.price));
  const [price, nextPrice] = [at(epoch), at(epoch + 1)];
  return price === nextPrice ? { price } : { price, nextPrice };
}

type Schemas = Pick<FunctionDescription, 'params' | 'result'>;

function schemasOf(name: string, { params, result }: FunctionTerms): Schemas {
  try {
    return {
      params:
        params === undefined
          ? { type: 'object' }
          : z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' }),
      ...(result && { result: z.toJSONSchema(result, { io: 'output', unrepresentable: 'any' }) }),
    };
  } catch (cause) {
    throw invalid(
      `the schemas of ${name} (${messageOf(cause)})`,
      'write them with zod 4, the version that devnet uses',
      cause,
    );
  }
}
