import type { EpochNotice } from '../results.ts';
import type { Transport, Unsubscribe } from '../transport/types.ts';

export interface SubscribeEpochsParameters {
  /** `kind: 'epoch'` when one starts, `kind: 'settlement'` when the close of one is done. */
  readonly onEpoch: (notice: EpochNotice) => void;
  /** Notices were lost: this many, or null for unknown after a reconnection. */
  readonly onLag?: ((dropped: number | null) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}
export type SubscribeEpochsReturnType = Unsubscribe;

/**
 * Hears of new epochs and finished settlements. Survives reconnections; resolves with the function that ends it.
 *
 * @example
 * const stop = await client.subscribeEpochs({ onEpoch: notice => console.log(notice.kind, notice.epoch) });
 */
export async function subscribeEpochs(
  transport: Transport,
  { onEpoch, onLag, onError }: SubscribeEpochsParameters,
): Promise<SubscribeEpochsReturnType> {
  return transport.subscribe('epoch', {}, { onNotice: onEpoch, onLag, onError });
}
