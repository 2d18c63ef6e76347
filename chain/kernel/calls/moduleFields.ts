/** What a module's fields may hold, and who may change them. */
import { type ChainError, chainError } from '../../errors.ts';
import type { Module, Price } from '../../format/entities.ts';
import { MAX_LINKS_PER_MODULE } from '../../format/limits.ts';
import type { StateReader } from '../../state/index.ts';
import type { CallContext } from '../context.ts';
import { getConsensus, getModule } from '../getters.ts';
import { moduleAliases } from '../tables.ts';
import { isRetired } from '../terms.ts';

// Aliases start with a letter, so that one is never mistaken for an id.
const ALIAS = /^[a-z][a-z0-9._-]*$/;
const URL = /^https?:\/\/[\x21-\x7e]+$/;
const FUNCTION = /^[A-Za-z_][A-Za-z0-9._-]*$/;

export function requireAlias(alias: string): void {
  if (!ALIAS.test(alias)) throw chainError('BAD_ALIAS', { alias });
}

export function requireFreeAlias(state: StateReader, alias: string): void {
  requireAlias(alias);
  if (moduleAliases.has(state, alias)) throw chainError('ALIAS_TAKEN', { alias });
}

/** Empty for a module that cannot be called from outside. */
export function requireUrl(url: string): void {
  if (url !== '' && !URL.test(url)) throw chainError('BAD_URL', { url });
}

export function requirePrices(prices: readonly Price[]): void {
  const seen = new Set<string>();
  for (const { fn } of prices) {
    if (!FUNCTION.test(fn)) throw chainError('BAD_FUNCTION_NAME', { fn });
    if (seen.has(fn)) throw chainError('DUPLICATE_FUNCTION', { fn });
    seen.add(fn);
  }
}

export function requireMaxLinks(maxLinks: number): void {
  if (maxLinks > MAX_LINKS_PER_MODULE)
    throw chainError('MAX_LINKS_TOO_HIGH', { maxLinks, max: MAX_LINKS_PER_MODULE });
}

export function requireConsensus(state: StateReader, consensus: number): void {
  if (getConsensus(state, consensus) === undefined) throw chainError('UNKNOWN_CONSENSUS', { consensus });
}

export function requireModule(state: StateReader, module: number): Module {
  const found = getModule(state, module);
  if (found === undefined) throw chainError('UNKNOWN_MODULE', { module });
  return found;
}

/** A module that still serves in the next epoch, when a change would take effect. */
export function requireServing({ draft, epoch }: CallContext, module: number): Module {
  const found = requireModule(draft, module);
  if (isRetired(found, epoch.number + 1)) throw chainError('MODULE_RETIRED', { module });
  return found;
}

/** A module that the sender owns and that was not retired. */
export function requireOwn(context: CallContext, module: number): Module {
  const found = requireServing(context, module);
  if (found.account !== context.sender) throw notYours(module);
  return found;
}

export const notYours = (module: number): ChainError => chainError('NOT_YOUR_MODULE', { module });
