/**
 * The transactions that wait, by sender and nonce and in order of arrival. Pure bookkeeping: who may enter is judged
 * before. A sender's transactions are `ready` while their nonces follow one another from the account's nonce on; one
 * that comes early waits for the missing nonces.
 */
import type { CheckedTransaction } from '../../chain/index.ts';
import type { Account, Hex } from '../../consensus/interface/index.ts';
import { type PoolError, poolError } from './errors.ts';

export interface PoolLimits {
  readonly transactions: number;
  readonly bytes: number;
  /** Of one sender. */
  readonly perSender: number;
  /** Of one sender, waiting for missing nonces. */
  readonly gapsPerSender: number;
  /** Of all senders, waiting for missing nonces: the rest of the pool is kept for what can be included. */
  readonly gaps: number;
}

export interface Entry {
  readonly checked: CheckedTransaction;
  /** Submitted to this node, not heard from a peer. */
  readonly own: boolean;
  /** Milliseconds. */
  readonly arrived: number;
}

interface Sender {
  readonly entries: Map<number, Entry>;
  /** The account's nonce. */
  base: number;
  /** The first nonce from `base` on that is not here. */
  end: number;
}

export class Queues {
  readonly #limits: PoolLimits;
  readonly #senders = new Map<Account, Sender>();
  /** In order of arrival. */
  readonly #entries = new Map<Hex, Entry>();
  #bytes = 0;
  #gaps = 0;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many could stand in the next blocks. */
  get ready(): number {
    return this.#entries.size - this.#gaps;
  }

  get(hash: Hex): Entry | undefined {
    return this.#entries.get(hash);
  }

  /** In order of arrival. */
  all(): Iterable<Entry> {
    return this.#entries.values();
  }

  hasSender(account: Account): boolean {
    return this.#senders.has(account);
  }

  /** The entry of a sender that can go next, if it is here. */
  first(account: Account): Entry | undefined {
    const sender = this.#senders.get(account);
    return sender?.entries.get(sender.base);
  }

  /** The first nonce of an account that nothing here uses; `base` is the account's nonce. */
  nextNonce(account: Account, base: number): number {
    const sender = this.#senders.get(account);
    return sender === undefined ? base : Math.max(base, sender.end);
  }

  /** Adds an entry whose nonce is at least `base`, the account's. Returns the one it replaced. Throws {@link PoolError}. */
  add(entry: Entry, base: number): Entry | null {
    const { hash, encoded, transaction } = entry.checked;
    const sender = this.#senders.get(transaction.sender) ?? { entries: new Map(), base, end: base };
    const old = sender.entries.get(transaction.nonce);
    const refused = old === undefined ? this.#refusal(sender, entry) : mayReplace(old, entry);
    if (refused !== null) throw refused;
    if (old !== undefined) this.remove(old.checked.hash);
    this.#senders.set(transaction.sender, sender);
    this.#entries.set(hash, entry);
    this.#bytes += encoded.length;
    this.#change(sender, () => sender.entries.set(transaction.nonce, entry));
    return old ?? null;
  }

  /** The same transaction with other facts; it keeps its place. */
  renew(entry: Entry): void {
    const { hash, transaction } = entry.checked;
    if (!this.#entries.has(hash)) return;
    this.#entries.set(hash, entry);
    this.#senders.get(transaction.sender)?.entries.set(transaction.nonce, entry);
  }

  remove(hash: Hex): Entry | undefined {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return undefined;
    const { encoded, transaction } = entry.checked;
    this.#entries.delete(hash);
    this.#bytes -= encoded.length;
    const sender = this.#senders.get(transaction.sender);
    if (sender === undefined) return entry;
    this.#change(sender, () => {
      sender.entries.delete(transaction.nonce);
      sender.end = Math.min(sender.end, transaction.nonce);
    });
    if (sender.entries.size === 0) this.#senders.delete(transaction.sender);
    return entry;
  }

  /** The account's nonce is `base` now: takes out and returns what is below it. */
  advance(account: Account, base: number): Entry[] {
    const sender = this.#senders.get(account);
    if (sender === undefined || base <= sender.base) return [];
    const passed: Entry[] = [];
    for (let nonce = sender.base; nonce < base; nonce++) {
      const entry = sender.entries.get(nonce);
      if (entry !== undefined) passed.push(entry);
    }
    for (const { checked } of passed) this.remove(checked.hash);
    this.#change(sender, () => {
      sender.base = base;
      sender.end = Math.max(sender.end, base);
    });
    return passed;
  }

  /** What a block could take: in order of arrival, each sender's in order of nonce, up to so many bytes. */
  candidates(maxBytes: number): CheckedTransaction[] {
    const next = new Map<Account, number>();
    const skipped = new Set<Account>();
    const taken: CheckedTransaction[] = [];
    let bytes = 0;
    for (const { checked } of this.#entries.values()) {
      const { sender: account, nonce } = checked.transaction;
      const sender = this.#senders.get(account);
      if (sender === undefined || nonce >= sender.end) continue;
      const expected = next.get(account) ?? sender.base;
      if (nonce > expected) skipped.add(account);
      if (nonce !== expected) continue;
      // What arrived before the nonce it had to wait for follows at once.
      const until = skipped.has(account) ? sender.end : nonce + 1;
      for (let at = nonce; at < until; at++) {
        const entry = sender.entries.get(at);
        if (entry === undefined) break;
        bytes += entry.checked.encoded.length;
        if (bytes > maxBytes) return taken;
        taken.push(entry.checked);
      }
      next.set(account, until);
    }
    return taken;
  }

  /** Entries that wait for missing nonces and arrived before a time. */
  gapsBefore(time: number): Entry[] {
    const late: Entry[] = [];
    for (const sender of this.#senders.values()) {
      if (gapsOf(sender) === 0) continue;
      for (const [nonce, entry] of sender.entries)
        if (nonce > sender.end && entry.arrived < time) late.push(entry);
    }
    return late;
  }

  #refusal(sender: Sender, { checked }: Entry): PoolError | null {
    const { transactions, bytes, perSender, gapsPerSender, gaps } = this.#limits;
    if (this.#entries.size >= transactions || this.#bytes + checked.encoded.length > bytes)
      return poolError('POOL_FULL');
    if (sender.entries.size >= perSender) return poolError('SENDER_FULL');
    if (checked.transaction.nonce <= sender.end) return null;
    if (gapsOf(sender) >= gapsPerSender) return poolError('GAP_TOO_LARGE');
    return this.#gaps >= gaps ? poolError('POOL_FULL') : null;
  }

  /** Changes a sender and brings `end` and the count of gaps up to date. */
  #change(sender: Sender, change: () => void): void {
    const before = gapsOf(sender);
    change();
    while (sender.entries.has(sender.end)) sender.end++;
    this.#gaps += gapsOf(sender) - before;
  }
}

const gapsOf = (sender: Sender): number => sender.entries.size - (sender.end - sender.base);

/** A second transaction with the same nonce must promise a tenth more, so that replacing cannot be had for nothing. */
function mayReplace(old: Entry, entry: Entry): PoolError | null {
  const offered = entry.checked.transaction.feeLimit * 10n;
  return offered >= old.checked.transaction.feeLimit * 11n && offered > 0n ? null : poolError('NONCE_TAKEN');
}
