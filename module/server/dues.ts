/** Money that could still be lost: what past epochs owe and is not claimed yet, for how long, and why. */
import type { Amount } from '../../consensus/interface/index.ts';
import type { Site } from './site.ts';
import type { Pair } from './store.ts';

export interface Due {
  /** Epoch of the calls. */
  readonly epoch: number;
  /** Epochs, with this one, in which it can still be claimed; 1 is the last. */
  readonly epochsLeft: number;
  readonly clients: number;
  /** Base units. */
  readonly amount: Amount;
  readonly why: string;
}

export interface Dues {
  now(): readonly Due[];
  /** Warns of each, once per epoch of the chain. `trouble` is what was in the way of the last settlement. */
  warn(trouble: string | null): void;
}

export function watchDues(site: Site): Dues {
  let trouble: string | null = null;
  let warnedIn = -1;
  const warned = new Set<string>();

  function reasonOf(pair: Pair): string {
    const verdict = site.store.claim(pair)?.verdict ?? '';
    if (site.terms.claimer(pair.epoch) === undefined)
      return `no code here claims from consensus module ${site.terms.consensus(pair.epoch)}`;
    if (verdict === 'INSUFFICIENT') return 'the reserve of the client is empty';
    if (!site.book.idle(pair)) return 'a call of the client is still running';
    return trouble ?? 'it is about to be claimed';
  }

  function now(): readonly Due[] {
    const current = site.epochs.current();
    const dues = new Map<string, Due>();
    for (const pair of site.book.unsettled(current)) {
      if (site.store.claim(pair)?.status === 'claimed') continue;
      const why = reasonOf(pair);
      const key = `${pair.epoch} ${why}`;
      const before = dues.get(key) ?? { clients: 0, amount: 0n };
      dues.set(key, {
        epoch: pair.epoch,
        epochsLeft: pair.epoch + site.epochs.grace - current + 1,
        clients: before.clients + 1,
        amount: before.amount + site.book.owed(pair),
        why,
      });
    }
    return [...dues.values()].sort((a, b) => a.epoch - b.epoch);
  }

  return {
    now,
    warn(inTheWay) {
      trouble = inTheWay;
      const current = site.epochs.current();
      if (current !== warnedIn) warned.clear();
      warnedIn = current;
      for (const due of now()) {
        const key = `${due.epoch} ${due.why}`;
        if (warned.has(key)) continue;
        warned.add(key);
        site.log.warn(
          { ...due, amount: due.amount.toString() },
          due.epochsLeft <= 1
            ? 'this is the last epoch in which these calls can be claimed'
            : 'these calls are not claimed yet',
        );
      }
    },
  };
}
