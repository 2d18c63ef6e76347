import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit, nextEpoch } from '../context.ts';
import { linksOfChild, linksOfParent } from '../getters.ts';
import { modules } from '../tables.ts';
import { requireOwn } from './moduleFields.ts';

/**
 * The module stops serving with this epoch, for good. Its key and alias stay taken, so that nobody can pose as it,
 * and its links must be dissolved before: their revenue would flow to somebody who is gone.
 */
export function retireModule(context: CallContext, call: CallOf<'retireModule'>): void {
  const module = requireOwn(context, call.module);
  const fromEpoch = nextEpoch(context);
  const links = [
    ...linksOfParent(context.draft, module.id, fromEpoch),
    ...linksOfChild(context.draft, module.id, fromEpoch),
  ].length;
  if (links > 0) throw chainError('MODULE_HAS_LINKS', { module: module.id, links });
  modules.put(context.draft, { ...module, retiredEpoch: fromEpoch }, module.id);
  emit(context, 'ModuleRetired', { module: module.id, fromEpoch });
}
