/**
 * What each client owes, in memory: rebuilt from the store at the start, and always ahead of the chain, so that a
 * client can never owe more than it reserved.
 */
import type { Amount } from '../../consensus/interface/index.ts';
import type { Tally } from '../protocol/index.ts';
import { type Escrow, escrowName } from './reserves.ts';
import type { Pair, Store } from './store.ts';

interface Sums {
  readonly nonce: number;
  readonly all: number;
  /** Without those that cost nothing. */
  readonly paid: number;
  readonly total: Amount;
}

/** One client in one epoch. */
interface Page {
  readonly pair: Pair;
  /** The consensus module that settles it, as far as was known when something was added. */
  consensus: number;
  lastNonce: number;
  /** Calls under way: nonce -> the most that it may cost. */
  readonly running: Map<number, Amount>;
  /** Of all answered calls. */
  owed: Amount;
  /** Sums up to a nonce that a tally named, and the answered calls above it, ascending. */
  base: Sums;
  recent: { readonly nonce: number; readonly cost: Amount }[];
  /** Its claim is on the way: nothing can be added to it any more. */
  claimed: boolean;
}

export interface Book {
  /** Highest nonce that this client has used in this epoch. */
  lastNonce(pair: Pair): number;
  /** Unsettled costs of all epochs, and what the calls under way may cost, in base units: what this reserve must cover. */
  debt(escrow: Escrow): Amount;
  /** Takes the nonce and sets the money aside. The caller has checked both. */
  begin(pair: Pair, nonce: number, maxUsage: Amount): void;
  /** What a call that has run may still cost: 0 if its claim left without it. */
  chargeable(pair: Pair, cost: Amount): Amount;
  /** The call is over; null if it was not answered. */
  end(pair: Pair, nonce: number, cost: Amount | null): void;
  /**
   * Whether a tally agrees with this server's own receipts. Its count may be with or without the calls that cost
   * nothing: what the client owes is the same.
   */
  agrees(pair: Pair, tally: Tally): boolean;
  /** No call of this client in this epoch is under way. */
  idle(pair: Pair): boolean;
  /** Pairs of epochs before this one that still owe something. Forgets those that never will. */
  unsettled(before: number): Pair[];
  /** Its claim is being made: what ends after this costs nothing. */
  close(pair: Pair): void;
  /** The chain has taken the money, or never will: the debt is gone. */
  settle(pair: Pair): void;
  /** Answered and not settled, of all clients, in base units. */
  unsettledTotal(): Amount;
  /** Answered and not settled, of one client in one epoch. */
  owed(pair: Pair): Amount;
}

const NOTHING: Sums = { nonce: 0, all: 0, paid: 0, total: 0n };

const nameOf = ({ epoch, client }: Pair): string => `${epoch}:${client}`;

/** `consensusOf` tells by which consensus module an epoch is settled; 0 while nobody can owe anything. */
export async function openBook(store: Store, consensusOf: (epoch: number) => number): Promise<Book> {
  const pages = new Map<string, Page>();
  const debts = new Map<string, Amount>();
  let unsettled = 0n;

  const addDebt = ({ consensus, pair: { client } }: Page, amount: Amount): void => {
    const name = escrowName({ consensus, client });
    const debt = (debts.get(name) ?? 0n) + amount;
    if (debt === 0n) debts.delete(name);
    else debts.set(name, debt);
  };

  /** Whoever called before the epoch began may have been counted under the binding before. */
  function follow(page: Page): void {
    const consensus = consensusOf(page.pair.epoch);
    if (consensus === page.consensus) return;
    const sum = [...page.running.values()].reduce((all, one) => all + one, page.owed);
    addDebt(page, -sum);
    page.consensus = consensus;
    addDebt(page, sum);
  }

  function pageOf(pair: Pair): Page {
    const key = nameOf(pair);
    let page = pages.get(key);
    if (page === undefined) {
      page = {
        pair,
        consensus: consensusOf(pair.epoch),
        lastNonce: store.nonce(pair),
        running: new Map(),
        owed: 0n,
        base: NOTHING,
        recent: [],
        claimed: store.claim(pair) !== undefined,
      };
      pages.set(key, page);
    }
    return page;
  }

  function add(pair: Pair, nonce: number, cost: Amount): void {
    const page = pageOf(pair);
    page.owed += cost;
    unsettled += cost;
    addDebt(page, cost);
    // Concurrent calls end in any order; almost always this one belongs at the end.
    let at = page.recent.length;
    while (at > 0 && (page.recent[at - 1]?.nonce ?? 0) > nonce) at--;
    page.recent.splice(at, 0, { nonce, cost });
  }

  for (const pair of await store.pairs()) {
    const status = store.claim(pair)?.status;
    if (status === 'settled' || status === 'forfeited') continue;
    for await (const { nonce, call } of store.calls(pair)) {
      add(pair, nonce, call.cost);
      // After a power cut the receipts are there and the nonces perhaps not.
      pageOf(pair).lastNonce = Math.max(pageOf(pair).lastNonce, nonce);
    }
  }

  return {
    unsettledTotal: () => unsettled,
    owed: pair => pages.get(nameOf(pair))?.owed ?? 0n,
    // Asked before the signature is verified, so it must not leave a page behind.
    lastNonce: pair => pages.get(nameOf(pair))?.lastNonce ?? store.nonce(pair),
    debt: escrow => debts.get(escrowName(escrow)) ?? 0n,
    begin(pair, nonce, maxUsage) {
      const page = pageOf(pair);
      follow(page);
      page.lastNonce = nonce;
      page.running.set(nonce, maxUsage);
      addDebt(page, maxUsage);
    },
    chargeable: (pair, cost) => (pageOf(pair).claimed ? 0n : cost),
    end(pair, nonce, cost) {
      const page = pageOf(pair);
      addDebt(page, -(page.running.get(nonce) ?? 0n));
      page.running.delete(nonce);
      if (cost !== null) add(pair, nonce, cost);
    },
    agrees(pair, tally) {
      const page = pageOf(pair);
      for (const nonce of page.running.keys()) if (nonce <= tally.nonce) return false;
      if (tally.nonce < page.base.nonce) return false;
      const next = page.recent.findIndex(call => call.nonce > tally.nonce);
      const covered = next < 0 ? page.recent : page.recent.slice(0, next);
      const sums = {
        nonce: tally.nonce,
        all: page.base.all + covered.length,
        paid: page.base.paid + covered.filter(({ cost }) => cost > 0n).length,
        total: covered.reduce((sum, { cost }) => sum + cost, page.base.total),
      };
      if (tally.total !== sums.total || (tally.count !== sums.all && tally.count !== sums.paid)) return false;
      page.base = sums;
      page.recent = page.recent.slice(covered.length);
      return true;
    },
    idle: pair => pageOf(pair).running.size === 0,
    unsettled(before) {
      const past = [...pages.values()].filter(({ pair }) => pair.epoch < before);
      for (const { pair, owed, running } of past)
        if (owed === 0n && running.size === 0) pages.delete(nameOf(pair));
      return past.filter(({ owed, running }) => owed > 0n || running.size > 0).map(({ pair }) => pair);
    },
    close(pair) {
      pageOf(pair).claimed = true;
    },
    settle(pair) {
      const page = pageOf(pair);
      addDebt(page, -page.owed);
      unsettled -= page.owed;
      page.owed = 0n;
      page.recent = [];
      if (page.running.size === 0) pages.delete(nameOf(pair));
    },
  };
}
