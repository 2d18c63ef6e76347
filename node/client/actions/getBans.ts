import type { BanInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type GetBansReturnType = readonly BanInfo[];

/**
 * The peers that this node talks to no more for now, each with the reason and the time of its end.
 *
 * @example
 * const bans = await client.getBans();
 */
export async function getBans(transport: Transport): Promise<GetBansReturnType> {
  return transport.request('net_bans', {});
}
