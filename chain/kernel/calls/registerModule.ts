import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { moduleAccounts, moduleAliases, modules, nextModule } from '../tables.ts';
import {
  requireConsensus,
  requireFreeAlias,
  requireMaxLinks,
  requirePrices,
  requireUrl,
} from './moduleFields.ts';

/** The sender's key becomes a module. Its first terms hold at once: nobody relied on others before. */
export function registerModule(context: CallContext, call: CallOf<'registerModule'>): void {
  const { draft, sender, epoch } = context;
  const existing = moduleAccounts.get(draft, sender);
  if (existing !== undefined) throw chainError('MODULE_EXISTS', { module: existing });
  requireFreeAlias(draft, call.alias);
  requireUrl(call.url);
  requireConsensus(draft, call.consensus);
  requirePrices(call.prices);
  requireMaxLinks(call.maxLinks);

  const id = nextModule.get(draft) ?? 0;
  nextModule.put(draft, id + 1);
  moduleAliases.put(draft, id, call.alias);
  moduleAccounts.put(draft, id, sender);
  modules.put(
    draft,
    {
      id,
      account: sender,
      alias: call.alias,
      url: call.url,
      bindings: [{ fromEpoch: epoch.number, consensus: call.consensus }],
      prices: [{ fromEpoch: epoch.number, prices: call.prices }],
      metadata: call.metadata,
      maxLinks: call.maxLinks,
      registeredEpoch: epoch.number,
      retiredEpoch: null,
    },
    id,
  );
  emit(context, 'ModuleRegistered', { module: id, account: sender, alias: call.alias });
}
