/** What bindings, claims and reserves come to, said in the plainest way: one table each, nothing of the kernel's. */
import assert from 'node:assert/strict';

export interface Pair {
  readonly client: string;
  readonly server: string;
}

interface Reserve {
  readonly amount: bigint;
  readonly thawing: bigint;
  readonly thawEpoch: number;
}

export interface Row {
  readonly client: string;
  readonly amount: bigint;
  readonly status: string;
}

interface Claimed {
  readonly now: number;
  readonly epoch: number;
  readonly id: number;
  readonly server: string;
  readonly calls: ReadonlyMap<string, readonly number[]>;
}

interface Asked {
  readonly epoch: number;
  readonly id: number;
  readonly pair: Pair;
  readonly amount: bigint;
  readonly ok: boolean;
}

const nameOf = (...parts: readonly (string | number)[]): string => parts.join(' ');
const pairName = ({ client, server }: Pair): string => nameOf(client, server);
const NO_RESERVE: Reserve = { amount: 0n, thawing: 0n, thawEpoch: 0 };
/** Epochs after the grace until thawed money can go (spec section 3). */
const MARGIN = 2;

export class RebindingModel {
  readonly free: Map<string, bigint>;
  readonly #grace: number;
  readonly #price: bigint;
  /** Newest last. */
  readonly #bindings = new Map<string, { readonly from: number; readonly id: number }[]>();
  readonly #reserves = new Map<string, Reserve>();
  /** Calls served, and the highest nonce that was paid, by epoch and pair. */
  readonly #served = new Map<string, number>();
  readonly #paid = new Map<string, number>();
  /** What closes have yet to take, by id, closing epoch and pair. */
  readonly #debts = new Map<string, bigint>();

  constructor(setup: {
    readonly free: ReadonlyMap<string, bigint>;
    readonly servers: readonly string[];
    readonly bound: number;
    readonly grace: number;
    readonly price: bigint;
  }) {
    this.free = new Map(setup.free);
    this.#grace = setup.grace;
    this.#price = setup.price;
    for (const server of setup.servers) this.#bindings.set(server, [{ from: 0, id: setup.bound }]);
  }

  /** The nonces of the calls. */
  serve(epoch: number, pair: Pair, calls: number): readonly number[] {
    const name = nameOf(epoch, pairName(pair));
    const before = this.#served.get(name) ?? 0;
    this.#served.set(name, before + calls);
    return Array.from({ length: calls }, (_, index) => before + index + 1);
  }

  paidUpTo(epoch: number, pair: Pair): number {
    return this.#paid.get(nameOf(epoch, pairName(pair))) ?? 0;
  }

  rebind(epoch: number, server: string, id: number): readonly string[] {
    this.#bindings.get(server)?.push({ from: epoch + 1, id });
    return ['ok'];
  }

  reserve({ id, pair, amount }: Asked): readonly string[] {
    this.#change(id, pair, before => ({ ...before, amount: before.amount + amount }));
    this.#move(pair.client, -amount);
    return ['ok'];
  }

  thaw({ epoch, id, pair, amount }: Asked): readonly string[] {
    const { amount: held, thawing } = this.reserveOf(id, pair);
    if (held + thawing === 0n) return ['UNKNOWN_RESERVE'];
    if (held < amount) return ['INSUFFICIENT_RESERVE'];
    const thawEpoch = epoch + this.#grace + MARGIN;
    this.#change(id, pair, () => ({ amount: held - amount, thawing: thawing + amount, thawEpoch }));
    return ['ok'];
  }

  /** A close that is late may hold it up: whether one is, only the chain knows. */
  withdraw({ epoch, id, pair, ok }: Asked): readonly string[] {
    const { amount, thawing, thawEpoch } = this.reserveOf(id, pair);
    if (thawing === 0n) return ['UNKNOWN_RESERVE'];
    if (epoch < thawEpoch) return ['NOTHING_THAWED'];
    if (!ok) return ['SETTLEMENT_PENDING'];
    this.#change(id, pair, () => ({ amount, thawing: 0n, thawEpoch: 0 }));
    this.#move(pair.client, thawing);
    return ['ok'];
  }

  /** Claims these calls, by client and ascending by nonce: paid in this order, within the reserve under this id. */
  claim({ now, epoch, id, server, calls }: Claimed): {
    readonly code: string;
    readonly rows: readonly Row[];
  } {
    if (epoch >= now) return { code: 'EPOCH_OPEN', rows: [] };
    if (epoch + this.#grace < now) return { code: 'CLAIM_TOO_LATE', rows: [] };
    if (this.#boundIn(server, epoch) !== id) return { code: 'NOT_BOUND', rows: [] };
    const rows = [...calls].map(([client, nonces]) =>
      this.#row({ now, epoch, id }, { client, server }, nonces),
    );
    return { code: 'ok', rows };
  }

  #row(at: { now: number; epoch: number; id: number }, pair: Pair, nonces: readonly number[]): Row {
    const { client } = pair;
    const name = nameOf(at.epoch, pairName(pair));
    const [first = 0] = nonces;
    if (first <= this.paidUpTo(at.epoch, pair)) return { client, amount: 0n, status: 'REPLAY' };
    const { amount: held, thawing } = this.reserveOf(at.id, pair);
    const owed = BigInt(nonces.length) * this.#price;
    const left = held + thawing - this.#pending(at.id, pair);
    const amount = owed < left ? owed : left;
    // The last call may be paid in part.
    const paid = nonces[Number((amount + this.#price - 1n) / this.#price) - 1];
    if (paid !== undefined) this.#paid.set(name, paid);
    const debt = nameOf(at.id, at.now, pairName(pair));
    if (amount > 0n) this.#debts.set(debt, (this.#debts.get(debt) ?? 0n) + amount);
    return { client, amount, status: amount === owed ? 'OK' : 'INSUFFICIENT' };
  }

  /** A close took from a reserve: exactly what was claimed, thawing money first. */
  debited({ id, closing, amount }: { id: number; closing: number; amount: bigint }, pair: Pair): void {
    const debt = nameOf(id, closing, pairName(pair));
    assert.equal(amount, this.#debts.get(debt), `${debt}: debited ${amount}`);
    this.#debts.delete(debt);
    this.#change(id, pair, ({ amount: held, thawing, thawEpoch }) => {
      const first = amount < thawing ? amount : thawing;
      const rest = thawing - first;
      return { amount: held - (amount - first), thawing: rest, thawEpoch: rest === 0n ? 0 : thawEpoch };
    });
  }

  paid(account: string, amount: bigint): void {
    this.#move(account, amount);
  }

  charge(account: string, fee: bigint): void {
    if (this.free.has(account)) this.#move(account, -fee);
  }

  reserveOf(id: number, pair: Pair): Reserve {
    return this.#reserves.get(nameOf(id, pairName(pair))) ?? NO_RESERVE;
  }

  #boundIn(server: string, epoch: number): number | undefined {
    return this.#bindings.get(server)?.findLast(({ from }) => from <= epoch)?.id;
  }

  #pending(id: number, pair: Pair): bigint {
    let sum = 0n;
    for (const [name, amount] of this.#debts)
      if (name.startsWith(`${id} `) && name.endsWith(` ${pairName(pair)}`)) sum += amount;
    return sum;
  }

  #change(id: number, pair: Pair, change: (before: Reserve) => Reserve): void {
    this.#reserves.set(nameOf(id, pairName(pair)), change(this.reserveOf(id, pair)));
  }

  #move(account: string, amount: bigint): void {
    this.free.set(account, (this.free.get(account) ?? 0n) + amount);
  }
}
