/**
 * A client's own books of one epoch: nonces, tallies and the budget.
 *
 * With a directory nonces count 1, 2, 3 ... and go on after a restart. Without one the next nonce is the time in
 * milliseconds (or one above the last), so that a new process with the same key is above all nonces of the old one.
 * Such a client cannot know what was called before it was made, so it does not tally in the epoch of its birth.
 *
 * A tally covers the answered calls up to the first nonce whose fate is unknown. A refused call is known to cost
 * nothing. A call whose answer was lost may have been served, so no later tally of the epoch covers it or what comes
 * after it: the server settles those receipt by receipt, and nobody signs what he does not know.
 */
import type { Account, Amount } from '../../consensus/interface/index.ts';
import type { Tally } from '../protocol/index.ts';
import type { CallStore } from './store.ts';

interface Page {
  lastNonce: number;
  /** Sent, and no answer yet, or none any more: nonce -> the most that it may cost. Ascending. */
  readonly unknown: Map<number, Amount>;
  /** Answered calls above the tally, ascending. */
  answered: { readonly nonce: number; readonly cost: Amount }[];
  tally: Tally;
  /** False once a call of this key was seen that this client does not know. */
  complete: boolean;
}

export interface EpochAccount {
  /** Takes the next nonce for a server and sets `maxUsage` aside. */
  begin(server: Account, maxUsage: Amount): { readonly nonce: number; readonly tally: Tally | null };
  /** It was not served. `outrun`: because somebody else uses this key, so what is known is not all. */
  refused(server: Account, nonce: number, outrun: boolean): void;
  answered(server: Account, nonce: number, cost: Amount): void;
  /** No later call went to this server: with one on the way, the two may only have changed places. */
  isLast(server: Account, nonce: number): boolean;
  /** What this epoch may cost so far: receipts, and the most of what is unknown, in base units. */
  spent(): Amount;
}

/** `complete`: whether this client knows all calls of its key in this epoch. */
export async function openAccount(store: CallStore, epoch: number, complete: boolean): Promise<EpochAccount> {
  const pages = new Map<Account, Page>();
  let spent = 0n;

  function pageOf(server: Account): Page {
    let page = pages.get(server);
    if (page === undefined) {
      const tally = { nonce: 0, count: 0, total: 0n };
      page = { lastNonce: 0, unknown: new Map(), answered: [], tally, complete };
      pages.set(server, page);
    }
    return page;
  }

  function addAnswered(server: Account, nonce: number, cost: Amount): void {
    const page = pageOf(server);
    spent += cost;
    // Concurrent calls end in any order; almost always this one belongs at the end.
    let at = page.answered.length;
    while (at > 0 && (page.answered[at - 1]?.nonce ?? 0) > nonce) at--;
    page.answered.splice(at, 0, { nonce, cost });
  }

  function forget(server: Account, nonce: number): void {
    const { unknown } = pageOf(server);
    spent -= unknown.get(nonce) ?? 0n;
    unknown.delete(nonce);
  }

  for await (const { server, nonce, call } of store.calls(epoch)) {
    const page = pageOf(server);
    page.lastNonce = Math.max(page.lastNonce, nonce);
    if (call.state === 'answered') addAnswered(server, nonce, call.amount);
    if (call.state === 'outrun') page.complete = false;
    if (call.state !== 'sent') continue;
    page.unknown.set(nonce, call.amount);
    spent += call.amount;
  }

  return {
    begin(server, maxUsage) {
      const page = pageOf(server);
      const tally = tallyOf(page);
      const clock = store.durable && page.complete ? 0 : Date.now();
      const nonce = Math.max(page.lastNonce + 1, clock);
      page.lastNonce = nonce;
      page.unknown.set(nonce, maxUsage);
      spent += maxUsage;
      return { nonce, tally };
    },
    refused(server, nonce, outrun) {
      forget(server, nonce);
      if (outrun) pageOf(server).complete = false;
    },
    answered(server, nonce, cost) {
      forget(server, nonce);
      addAnswered(server, nonce, cost);
    },
    isLast: (server, nonce) => pageOf(server).lastNonce === nonce,
    spent: () => spent,
  };
}

/** Moves the tally up to the first unknown nonce; null if there is nothing to sign. */
function tallyOf(page: Page): Tally | null {
  if (!page.complete) return null;
  const [horizon = Number.POSITIVE_INFINITY] = page.unknown.keys();
  const next = page.answered.findIndex(({ nonce }) => nonce > horizon);
  const covered = next < 0 ? page.answered : page.answered.slice(0, next);
  page.answered = page.answered.slice(covered.length);
  for (const { nonce, cost } of covered) {
    const count = page.tally.count + (cost > 0n ? 1 : 0);
    page.tally = { nonce, count, total: page.tally.total + cost };
  }
  return page.tally.total > 0n ? page.tally : null;
}
