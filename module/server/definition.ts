/** What the author of a module writes: functions with prices, as an object or as a class. */
import type { z } from 'zod';
import { LIMITS } from '../../chain/index.ts';
import type { Amount } from '../../consensus/interface/index.ts';
import { ModuleError } from '../errors.ts';
import type { LinkPolicy } from '../tree/policy.ts';
import type { ModuleHost } from './host.ts';
import type { State } from './state.ts';

export interface CallContext {
  /** Address of the caller. Its signature has been verified. */
  readonly client: string;
  readonly fn: string;
  readonly epoch: number;
  /** 0 for callers with seed 0's header form, which has none. */
  readonly nonce: number;
  /** Aborted when the time of the function is over, when the caller has gone, and when the server stops. */
  readonly signal: AbortSignal;
  /** When that time is over, on this machine's clock in milliseconds: the function's, or what the caller waits if less. */
  readonly deadline: number;
  /** The module's own data. What this call writes is kept if and when the call is answered, all of it or nothing. */
  readonly state: State;
  /** Charges less than the price for this call, in base units. Throws RangeError above the price. */
  charge(cost: Amount): void;
}

/** All of a function but its code. */
export interface FunctionTerms<Params = unknown, Result = unknown> {
  readonly description?: string;
  /** Base units per call; 0 for a function that costs nothing. Once registered, the chain's price decides. */
  readonly price: Amount;
  /** Checks and types the params; any JSON object without it. */
  readonly params?: z.ZodType<Params>;
  /** Checks the result, or each chunk of a stream; a call that breaks it fails and costs nothing. */
  readonly result?: z.ZodType<Result>;
  /**
   * Who may call it, by address; everybody when absent. `parents`: the parents of this module's active links, for what
   * is paid by profit shares.
   */
  readonly allow?: 'parents' | ((client: string) => boolean);
  /** Milliseconds that it may take; 30,000 when absent. */
  readonly timeoutMs?: number;
  /** Calls of it that run at the same time; bounded by the server's own limit alone when absent. */
  readonly maxRunning?: number;
  /** Runs before the module serves, for what lasts longer than a call; resolves with what runs after it has stopped. */
  readonly open?: (host: ModuleHost) => Promise<() => Promise<void>>;
}

export interface CallDefinition<Params = unknown, Result = unknown> extends FunctionTerms<Params, Result> {
  readonly streams?: false;
  /**
   * Answers with a JSON value. What it throws fails the call, which then costs nothing. It runs in the server's
   * process: one that never yields stops the server, so long work belongs into a worker.
   */
  run(params: Params, context: CallContext): Result | Promise<Result>;
}

export interface StreamDefinition<Params = unknown, Chunk = unknown> extends FunctionTerms<Params, Chunk> {
  readonly streams: true;
  /** Answers with JSON values, each of which goes out as it comes. The result is the list of them. */
  run(params: Params, context: CallContext): AsyncIterable<Chunk>;
}

export type FunctionDefinition<Params = unknown, Result = unknown> =
  | CallDefinition<Params, Result>
  | StreamDefinition<Params, Result>;

/** What a file for `devnet serve` exports by default. */
export interface ModuleDefinition {
  /** Unique on the chain, for registering. */
  readonly alias?: string;
  readonly description?: string;
  readonly functions: { readonly [name: string]: FunctionDefinition };
  /** Which proposals of links the server accepts by itself; none when absent. */
  readonly links?: LinkPolicy;
}

/** A definition that keeps the type of its schema: what callers send may be less than what the function gets. */
type WithSchema<Definition, Schema> = Omit<Definition, 'params'> & { readonly params: Schema };

/** Declares a function; infers the types of its params and result from schemas and code. */
export function defineFunction<Schema extends z.ZodType, Result>(
  definition: WithSchema<CallDefinition<z.output<Schema>, Result>, Schema>,
): WithSchema<CallDefinition<z.output<Schema>, Result>, Schema>;
export function defineFunction<Params, Result = unknown>(
  definition: CallDefinition<Params, Result>,
): CallDefinition<Params, Result>;
export function defineFunction(definition: CallDefinition): CallDefinition {
  return definition;
}

/** Declares a function that streams. */
export function defineStream<Schema extends z.ZodType, Chunk>(
  definition: Omit<WithSchema<StreamDefinition<z.output<Schema>, Chunk>, Schema>, 'streams'>,
): WithSchema<StreamDefinition<z.output<Schema>, Chunk>, Schema>;
export function defineStream<Params, Chunk = unknown>(
  definition: Omit<StreamDefinition<Params, Chunk>, 'streams'>,
): StreamDefinition<Params, Chunk>;
export function defineStream(definition: Omit<StreamDefinition, 'streams'>): StreamDefinition {
  return { ...definition, streams: true };
}

/** Declares a module; keeps the types of its functions for those who call it. */
export const defineModule = <const Definition extends ModuleDefinition>(definition: Definition): Definition =>
  definition;

export type Functions = ReadonlyMap<string, FunctionDefinition>;

const FUNCTION_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;
/** Milliseconds; beyond it a timer would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** What every object answers to (`constructor`, `__proto__`, `toString` ...) never names a function of a module. */
const RESERVED: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

/** The functions by name. Throws DEFINITION_INVALID for what JavaScript's authors may write past the types. */
export function functionsOf(definitions: ModuleDefinition['functions']): Functions {
  const entries = Object.entries(definitions);
  if (entries.length > LIMITS.functionsPerModule)
    throw invalid(`${entries.length} functions`, `a module has ${LIMITS.functionsPerModule} at most`);
  for (const [name, definition] of entries) {
    checkName(name);
    checkTerms(name, definition);
    if (typeof definition.run !== 'function')
      throw invalid(`${name} without run`, 'give it run(params, context)');
  }
  return new Map(entries);
}

export function checkName(name: string): void {
  if (!FUNCTION_NAME.test(name) || name.length > LIMITS.functionName)
    throw invalid(
      `the function name ${JSON.stringify(name)}`,
      'letters, digits, dots, dashes and underscores',
    );
  if (RESERVED.has(name)) throw invalid(`a function named ${name}`, 'every object has that; choose another');
}

function checkTerms(name: string, terms: FunctionTerms): void {
  const { price, timeoutMs, maxRunning, allow } = terms;
  if (typeof price !== 'bigint' || price < 0n || price > MAX_U64)
    throw invalid(`the price of ${name}`, 'a price is a bigint of base units; 1 token is 10n ** 9n');
  // Not instanceof: the author's file may have another copy of zod than this one.
  for (const schema of ['params', 'result'] as const)
    if (terms[schema] !== undefined && typeof terms[schema].safeParse !== 'function')
      throw invalid(`the ${schema} of ${name}`, `${schema} is a zod schema`);
  if (allow !== undefined && allow !== 'parents' && typeof allow !== 'function')
    throw invalid(`the allow of ${name}`, `it is 'parents' or a function of the caller's address`);
  if (timeoutMs !== undefined && !isWhole(timeoutMs, MAX_TIMEOUT_MS))
    throw invalid(`the timeoutMs of ${name}`, 'it is a whole number of milliseconds from 1 to 2^31 - 1');
  if (maxRunning !== undefined && !isWhole(maxRunning, Number.MAX_SAFE_INTEGER))
    throw invalid(`the maxRunning of ${name}`, 'it is a whole number from 1');
}

const isWhole = (value: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= 1 && value <= most;

export const invalid = (what: string, hint: string, cause?: unknown): ModuleError =>
  new ModuleError('DEFINITION_INVALID', `${what} cannot be served`, hint, { cause });
