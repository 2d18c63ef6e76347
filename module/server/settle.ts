/**
 * The settlement agent: after each epoch it claims what clients owe (spec section 5), watches the close that pays it,
 * and lets the debt go. Each step is written down before it is taken and can be taken again, so it goes on after a
 * crash at any point: a nonce that was paid is never paid twice, the chain sees to that.
 */
import { toAddress } from '../../chain/index.ts';
import { RpcError } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';
import { claimEpoch, mark, type Settlement } from './claims.ts';
import type { Site } from './site.ts';
import type { Pair } from './store.ts';

/**
 * One pass over everything unsettled. Resolves with true if all that can be done now is done; rejects if the chain
 * cannot be asked.
 */
export async function settleOnce(site: Site, settlement: Settlement): Promise<boolean> {
  const current = await site.epochs.refresh();
  await site.terms.ready(current, current);
  settlement.seal(current - 1);
  const byEpoch = groupBy(site.book.unsettled(current), pair => pair.epoch);
  let done = true;
  for (const [epoch, pairs] of [...byEpoch].sort(([a], [b]) => a - b)) {
    const claimed = pairs.filter(pair => site.store.claim(pair)?.status === 'claimed');
    const open = pairs.filter(pair => !claimed.includes(pair));
    await watchClose(site, settlement, claimed, current);
    if (current > epoch + site.epochs.grace) await forfeit(site, open);
    else if (!(await claimEpoch(site, settlement, open, current))) done = false;
  }
  await site.store.prune(Math.max(0, current - settlement.keepEpochs));
  return done;
}

/** Once the epoch of the claim is closed, the money has moved. */
async function watchClose(
  site: Site,
  { chain }: Settlement,
  pairs: readonly Pair[],
  current: number,
): Promise<void> {
  const byClose = groupBy(pairs, pair => site.store.claim(pair)?.claimedIn ?? current);
  // All of one epoch, so one consensus module settles them.
  const consensus = site.terms.consensus(pairs[0]?.epoch ?? current);
  for (const [closing, paid] of byClose) {
    if (consensus === undefined || closing >= current || !(await closed(chain, consensus, closing))) continue;
    await mark(site, paid, claim => ({ ...claim, status: 'settled' }));
    for (const pair of paid) site.book.settle(pair);
    site.reserves.forget();
  }
}

async function closed(chain: Chain, id: number, epoch: number): Promise<boolean> {
  try {
    return (await chain.getSettlement({ id, epoch })).done;
  } catch (error) {
    if (error instanceof RpcError && error.name === 'EPOCH_NOT_CLOSED') return false;
    throw error;
  }
}

async function forfeit(site: Site, pairs: readonly Pair[]): Promise<void> {
  await mark(site, pairs, claim => ({ ...claim, status: 'forfeited' }));
  for (const pair of pairs) {
    const amount = site.book.owed(pair).toString();
    site.book.close(pair);
    site.book.settle(pair);
    site.log.error(
      { epoch: pair.epoch, client: toAddress(pair.client), amount },
      'the grace is over: these calls stay unpaid',
    );
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
