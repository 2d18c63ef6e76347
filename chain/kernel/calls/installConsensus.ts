import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import type { CallContext } from '../context.ts';
import { announce, takeBack } from '../installing.ts';

/** Announces a consensus module, or a higher version of one: on a devnet without asking anybody. */
export function installConsensus(
  context: CallContext,
  { kind: _, ...installation }: CallOf<'installConsensus'>,
): void {
  requireAuthority(context);
  announce(context, installation);
}

/** Takes back what is not in force yet. */
export function cancelConsensus(context: CallContext, { id }: CallOf<'cancelConsensus'>): void {
  requireAuthority(context);
  takeBack(context, id);
}

/** The shortcut of devnets; everywhere else it takes a proposal. */
function requireAuthority({ parameters, sender }: CallContext): void {
  if (parameters.devAuthority === null) throw chainError('NEEDS_PROPOSAL');
  if (sender !== parameters.devAuthority) throw chainError('NOT_DEV_AUTHORITY');
}
