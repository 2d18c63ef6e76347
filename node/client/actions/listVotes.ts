import { toVote, type VoteInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface ListVotesParameters {
  readonly proposal: number;
  /** Only the vote of this account. */
  readonly voter?: Address | undefined;
  /** Only voters after this one. */
  readonly after?: Address | undefined;
  /** At most this many; 100 when absent. */
  readonly limit?: number | undefined;
}
export type ListVotesReturnType = readonly VoteInfo[];

/**
 * Who voted how on a proposal, ascending by account.
 *
 * @example
 * const [mine] = await client.listVotes({ proposal: 0, voter: alice.address });
 */
export async function listVotes(
  transport: Transport,
  parameters: ListVotesParameters,
): Promise<ListVotesReturnType> {
  return (await transport.request('gov_votes', parameters)).map(toVote);
}
