import type { Head } from '../results.ts';
import type { Transport, Unsubscribe } from '../transport/types.ts';

export interface SubscribeBlocksParameters {
  readonly onBlock: (head: Head) => void;
  /** Notices were lost: this many, or null for unknown after a reconnection. */
  readonly onLag?: ((dropped: number | null) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}
export type SubscribeBlocksReturnType = Unsubscribe;

/**
 * Hears of every final block. Survives reconnections; resolves with the function that ends it.
 *
 * @example
 * const stop = await client.subscribeBlocks({ onBlock: head => console.log(head.height) });
 */
export async function subscribeBlocks(
  transport: Transport,
  { onBlock, onLag, onError }: SubscribeBlocksParameters,
): Promise<SubscribeBlocksReturnType> {
  return transport.subscribe('chain', {}, { onNotice: onBlock, onLag, onError });
}
