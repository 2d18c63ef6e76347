import type { GovNotice } from '../results.ts';
import type { Transport, Unsubscribe } from '../transport/types.ts';

export interface SubscribeProposalsParameters {
  /** `kind`: `proposed`, `voted` or `concluded`. */
  readonly onProposal: (notice: GovNotice) => void;
  /** Notices were lost: this many, or null for unknown after a reconnection. */
  readonly onLag?: ((dropped: number | null) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}
export type SubscribeProposalsReturnType = Unsubscribe;

/**
 * Hears of proposals, votes and results. Survives reconnections; resolves with the function that ends it.
 *
 * @example
 * const stop = await client.subscribeProposals({ onProposal: notice => console.log(notice.kind, notice.proposal) });
 */
export async function subscribeProposals(
  transport: Transport,
  { onProposal, onLag, onError }: SubscribeProposalsParameters,
): Promise<SubscribeProposalsReturnType> {
  return transport.subscribe('gov', {}, { onNotice: onProposal, onLag, onError });
}
