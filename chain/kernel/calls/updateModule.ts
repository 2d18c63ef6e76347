import type { Module } from '../../format/entities.ts';
import type { CallOf } from '../../format/transaction.ts';
import type { Draft } from '../../state/index.ts';
import { type CallContext, emit, nextEpoch } from '../context.ts';
import { moduleAliases, modules } from '../tables.ts';
import { horizon, stamp } from '../terms.ts';
import {
  requireConsensus,
  requireFreeAlias,
  requireMaxLinks,
  requireOwn,
  requirePrices,
  requireUrl,
} from './moduleFields.ts';

/** Changes fields of the sender's module. Prices and binding hold from the next epoch, the others at once. */
export function updateModule(context: CallContext, call: CallOf<'updateModule'>): void {
  const { draft } = context;
  const module = requireOwn(context, call.module);
  if (call.url !== null) requireUrl(call.url);
  if (call.maxLinks !== null) requireMaxLinks(call.maxLinks);
  const alias = call.alias ?? module.alias;
  rename(draft, module, alias);
  modules.put(
    draft,
    {
      ...module,
      alias,
      url: call.url ?? module.url,
      metadata: call.metadata ?? module.metadata,
      maxLinks: call.maxLinks ?? module.maxLinks,
      ...newTerms(context, module, call),
    },
    module.id,
  );
  emit(context, 'ModuleUpdated', { module: module.id });
}

function rename(draft: Draft, module: Module, alias: string): void {
  if (alias === module.alias) return;
  requireFreeAlias(draft, alias);
  moduleAliases.delete(draft, module.alias);
  moduleAliases.put(draft, module.id, alias);
}

function newTerms(
  context: CallContext,
  module: Module,
  { consensus, prices }: CallOf<'updateModule'>,
): Pick<Module, 'bindings' | 'prices'> {
  const fromEpoch = nextEpoch(context);
  const oldest = horizon(context.draft);
  if (consensus !== null) requireConsensus(context.draft, consensus);
  if (prices !== null) requirePrices(prices);
  return {
    bindings:
      consensus === null
        ? module.bindings
        : stamp(module.bindings, { fromEpoch, consensus }, oldest, module.id),
    prices: prices === null ? module.prices : stamp(module.prices, { fromEpoch, prices }, oldest, module.id),
  };
}
