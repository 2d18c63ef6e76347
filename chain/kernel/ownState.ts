import { chainError } from '../errors.ts';
import type { Draft } from '../state/index.ts';
import { pendingLoads, pendingReverts } from './tables.ts';

/** Whether the block will have the state that its transactions make. Throws REVERT_PENDING, LOAD_PENDING. */
export function requireOwnState(draft: Draft): void {
  if (pendingReverts.has(draft)) throw chainError('REVERT_PENDING');
  if (pendingLoads.has(draft)) throw chainError('LOAD_PENDING');
}
