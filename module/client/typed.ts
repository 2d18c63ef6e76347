/** Modules as objects with typed functions: `modules.module<RouterModule>('router').ask({ question })`. */
import type { z } from 'zod';
import type { Json } from '../protocol/index.ts';
import type { CallOptions, ModuleClient } from './client.ts';

/** A function of a module. Called, it resolves with the result: for one that streams, with all chunks. */
export interface ModuleFunction<Params = object, Result = Json, Chunk = Json> {
  (params: Params, options?: CallOptions): Promise<Result>;
  /** The chunks as they come. Throws after the last one if the receipt at the end does not hold. */
  stream(params: Params, options?: CallOptions): AsyncGenerator<Chunk>;
}

/** A module of which nobody knows the types: each function takes an object and answers with JSON. */
export interface AnyModule {
  readonly [fn: string]: ModuleFunction;
}

/** What callers send, as the schema says; `unknown` without one. */
type InputOf<Fn> = Fn extends { readonly params?: infer Schema }
  ? NonNullable<Schema> extends z.ZodType
    ? z.input<NonNullable<Schema>>
    : unknown
  : unknown;
type ParamsOf<Fn> =
  unknown extends InputOf<Fn>
    ? Fn extends { run(params: infer Params, ...rest: never[]): unknown }
      ? unknown extends Params
        ? object
        : Params
      : object
    : InputOf<Fn>;
type Returned<Fn> = Fn extends { run(...args: never[]): infer Result } ? Awaited<Result> : unknown;
type Known<Type> = unknown extends Type ? Json : Type;
type FunctionOf<Fn> =
  Returned<Fn> extends AsyncIterable<infer Chunk>
    ? ModuleFunction<ParamsOf<Fn>, Chunk[], Chunk>
    : ModuleFunction<ParamsOf<Fn>, Known<Returned<Fn>>, Known<Returned<Fn>>>;

/**
 * The callable form of a definition or of a class with a table of functions, for clients of one's own module. For other
 * people's, `devnet module types` writes it.
 *
 * @example
 * const router = defineModule({ functions: { ask: defineFunction({ price: 1n, params, run: ({ q }) => q.length }) } });
 * const length = await modules.module<ModuleOf<typeof router>>('router').ask({ q: 'why?' });
 */
export type ModuleOf<Definition extends { readonly functions: object }> = {
  readonly [Fn in keyof Definition['functions']]: FunctionOf<
    Definition['functions'][Fn] & MethodOf<Definition, Fn>
  >;
};

/** The code of a class's function is the method of the same name. */
type MethodOf<Definition, Fn> = Definition extends abstract new (
  ...args: never[]
) => infer Instance
  ? Fn extends keyof Instance
    ? { readonly run: Instance[Fn] }
    : unknown
  : unknown;

/**
 * Names become calls. `then` is none of them: an object that has it passes for a promise, and whoever awaits it would
 * call the module.
 */
export const moduleProxy = <Module extends object>(
  client: Pick<ModuleClient, 'call' | 'stream'>,
  target: string | number,
): Module =>
  new Proxy(Object.create(null), {
    get(_, fn) {
      if (typeof fn !== 'string' || fn === 'then') return undefined;
      const call = async (params: object, options?: CallOptions): Promise<Json> =>
        (await client.call(target, fn, params, options)).result;
      const stream = (params: object, options?: CallOptions) => client.stream(target, fn, params, options);
      return Object.assign(call, { stream });
    },
  });
