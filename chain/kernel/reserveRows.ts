/** Rows of reserves together with their index, and the two ways in which their money moves. */
import type { Account as AccountId, Amount } from '../../consensus/interface/index.ts';
import type { Reserve } from '../format/entities.ts';
import type { Draft } from '../state/index.ts';
import { getReserve } from './getters.ts';
import { reserves, reservesByServer } from './tables.ts';

export interface ReserveId {
  readonly consensus: number;
  readonly client: AccountId;
  readonly server: AccountId;
}

const EMPTY: Reserve = { amount: 0n, thawing: 0n, thawEpoch: 0 };

export const readReserve = (draft: Draft, { consensus, client, server }: ReserveId): Reserve =>
  getReserve(draft, consensus, client, server) ?? EMPTY;

/** Changes a reserve that exists, whose index stands already. */
export function putReserve(draft: Draft, { consensus, client, server }: ReserveId, reserve: Reserve): void {
  if (reserve.amount === 0n && reserve.thawing === 0n) {
    reserves.delete(draft, consensus, client, server);
    reservesByServer.delete(draft, consensus, server, client);
  } else reserves.put(draft, reserve, consensus, client, server);
}

export function creditReserve(draft: Draft, id: ReserveId, amount: Amount): void {
  if (amount === 0n) return;
  const reserve = readReserve(draft, id);
  if (reserve === EMPTY) reservesByServer.put(draft, true, id.consensus, id.server, id.client);
  putReserve(draft, id, { ...reserve, amount: reserve.amount + amount });
}

/** All that can be debited: thawing money stays claimable until it is withdrawn. */
export const claimable = (reserve: Reserve): Amount => reserve.amount + reserve.thawing;

/**
 * Takes from a reserve, as it was read, that holds enough; thawing money first: it is about to leave, so what the
 * server still relies on for new work stays, and a withdrawal gets only what no claim needed.
 */
export function debitReserve(draft: Draft, id: ReserveId, reserve: Reserve, amount: Amount): void {
  const fromThawing = amount < reserve.thawing ? amount : reserve.thawing;
  const thawing = reserve.thawing - fromThawing;
  putReserve(draft, id, {
    amount: reserve.amount - (amount - fromThawing),
    thawing,
    thawEpoch: thawing === 0n ? 0 : reserve.thawEpoch,
  });
}
