import type { Transport } from '../transport/types.ts';

export interface CancelConsensusParameters {
  /** Consensus id. */
  readonly id: number;
}

/**
 * Takes back code that is announced and not in force yet; on devnets only.
 *
 * @example
 * await client.cancelConsensus({ id: 7 });
 */
export async function cancelConsensus(
  transport: Transport,
  { id }: CancelConsensusParameters,
): Promise<void> {
  await transport.request('dev_cancelConsensus', { id });
}
