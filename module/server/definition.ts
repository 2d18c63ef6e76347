/** What the author of a module writes: functions with prices. */
import type { z } from 'zod';
import { LIMITS } from '../../chain/index.ts';
import type { Amount } from '../../consensus/interface/index.ts';
import { ModuleError } from '../errors.ts';

export interface CallContext {
  /** Address of the caller. Its signature has been verified. */
  readonly client: string;
  readonly fn: string;
  readonly epoch: number;
  /** 0 for callers with seed 0's header form, which has none. */
  readonly nonce: number;
  /** Aborted when the time of the function is over. */
  readonly signal: AbortSignal;
  /** Charges less than the price for this call, in base units. Throws RangeError above the price. */
  charge(cost: Amount): void;
}

export interface FunctionDefinition<Params = unknown> {
  readonly description?: string;
  /** Base units per call; 0 for a function that costs nothing. */
  readonly price: Amount;
  /** Checks and types the params; any JSON object without it. */
  readonly params?: z.ZodType<Params>;
  /** Who may call it, by address; everybody when absent. A router's children let only their parent in. */
  readonly allow?: (client: string) => boolean;
  /** Milliseconds that it may take; 30,000 when absent. */
  readonly timeoutMs?: number;
  /**
   * Answers with a JSON value. What it throws fails the call, which then costs nothing. It runs in the server's
   * process: one that never yields stops the server, so long work belongs into a worker.
   */
  run(params: Params, context: CallContext): unknown;
}

/** What a file for `devnet serve` exports by default. */
export interface ModuleDefinition {
  /** Unique on the chain, for registering. */
  readonly alias?: string;
  readonly description?: string;
  readonly functions: { readonly [name: string]: FunctionDefinition };
}

/** Declares a function; infers the type of its params from their schema. */
export const defineFunction = <Params>(definition: FunctionDefinition<Params>): FunctionDefinition<Params> =>
  definition;

/** Declares a module; only there so that TypeScript checks its parts. */
export const defineModule = (definition: ModuleDefinition): ModuleDefinition => definition;

export type Functions = ReadonlyMap<string, FunctionDefinition>;

const FUNCTION_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** The functions by name. Throws DEFINITION_INVALID for what JavaScript's authors may write past the types. */
export function functionsOf(definitions: ModuleDefinition['functions']): Functions {
  const entries = Object.entries(definitions);
  if (entries.length > LIMITS.functionsPerModule)
    throw invalid(`${entries.length} functions`, `a module has ${LIMITS.functionsPerModule} at most`);
  for (const [name, definition] of entries) {
    if (!FUNCTION_NAME.test(name) || name.length > LIMITS.functionName)
      throw invalid(
        `the function name ${JSON.stringify(name)}`,
        'letters, digits, dots, dashes and underscores',
      );
    if (typeof definition.run !== 'function')
      throw invalid(`${name} without run`, 'give it run(params, context)');
    if (typeof definition.price !== 'bigint' || definition.price < 0n || definition.price > MAX_U64)
      throw invalid(`the price of ${name}`, 'a price is a bigint of base units; 1 token is 10n ** 9n');
    // Not instanceof: the author's file may have another copy of zod than this one.
    if (definition.params !== undefined && typeof definition.params.safeParse !== 'function')
      throw invalid(`the params of ${name}`, 'params is a zod schema');
  }
  return new Map(entries);
}

const invalid = (what: string, hint: string): ModuleError =>
  new ModuleError('DEFINITION_INVALID', `${what} cannot be served`, hint);
