import { type Amount, type Event, event, type LinkView, u64, type View } from '../interface/index.ts';
import { largestRemainder } from './amount.ts';
import { events } from './format.ts';
import { inflowOf, keys, type Scratch } from './storage.ts';

const WHOLE_BPS = 10_000;
/** Above the kernel's greatest depth; links that go deeper form a circle. */
const MAX_RANK = 200;

/**
 * The flow of revenue from roots to leaves (spec section 3). Every module's whole inflow, its own revenue and what its
 * parents gave it, is shared once. The rank of a module is the longest path of links below it, so every parent ranks
 * above its children: sharing by falling rank is a topological order that needs nothing but the links themselves, and
 * that can stop after any module and go on in the next block.
 */
export class Flow {
  readonly #view: View;
  readonly #scratch: Scratch;
  readonly #closing: number;
  readonly #ranks = new Map<string, number>();

  constructor(view: View, scratch: Scratch, closing: number) {
    this.#view = view;
    this.#scratch = scratch;
    this.#closing = closing;
  }

  /** Revenue of a module under the links of epoch `terms`. */
  add(terms: number, module: number, amount: Amount): void {
    const order = MAX_RANK - this.#rank(terms, module, 0);
    this.#increase(keys.inflow(this.#closing, terms, order, module), amount);
  }

  /**
   * Shares on until nothing is left or at least `limit` events were made (a module's are never torn apart, so there
   * may be as many more as it has links). Returns the events and whether it is finished.
   */
  share(limit: number): { readonly events: readonly Event[]; readonly done: boolean } {
    const made: Event[] = [];
    while (made.length < limit) {
      const rows = this.#scratch.scan(u64, keys.inflows(this.#closing), limit);
      const [first] = rows;
      if (first === undefined) return { events: made, done: true };
      const { terms, order } = inflowOf(first[0]);
      for (const [key, amount] of rows) {
        const row = inflowOf(key);
        // Only the first rank: its modules pay lower ranks, which may sort before the rows that follow.
        if (row.terms !== terms || row.order !== order || made.length >= limit) break;
        this.#scratch.delete(key);
        made.push(...this.#shareOne(terms, row.module, amount));
      }
    }
    return { events: made, done: this.#scratch.scan(u64, keys.inflows(this.#closing), 1).length === 0 };
  }

  /** Rows of the split: the links by child id, then what the module keeps. */
  #shareOne(terms: number, module: number, inflow: Amount): Event[] {
    const links = this.#children(terms, module);
    const given = links.map(link => link.shareBps);
    const kept = given.reduce((rest, share) => rest - share, WHOLE_BPS);
    const parts = largestRemainder(inflow, [...given, kept]);
    return parts.flatMap((amount, index) => {
      if (amount === 0n) return [];
      const link = links[index];
      const account = this.#accountOf(link?.child ?? module);
      if (link === undefined) this.#increase(keys.credit(this.#closing, account), amount);
      else this.add(terms, link.child, amount);
      const to = link?.child ?? null;
      return [
        event('flow', events.flow, {
          terms,
          from: module,
          to,
          account,
          shareBps: link?.shareBps ?? kept,
          amount,
        }),
      ];
    });
  }

  #children(terms: number, module: number): readonly LinkView[] {
    return this.#view.children(module, terms).filter(link => link.shareBps > 0);
  }

  #accountOf(module: number) {
    const found = this.#view.module(module);
    if (found === undefined) throw new Error(`module ${module} has revenue and does not exist`);
    return found.account;
  }

  #rank(terms: number, module: number, depth: number): number {
    if (depth > MAX_RANK) throw new Error(`links below module ${module} form a circle in epoch ${terms}`);
    const name = `${terms}:${module}`;
    const known = this.#ranks.get(name);
    if (known !== undefined) return known;
    let rank = 0;
    for (const { child } of this.#children(terms, module))
      rank = Math.max(rank, 1 + this.#rank(terms, child, depth + 1));
    this.#ranks.set(name, rank);
    return rank;
  }

  #increase(key: Uint8Array, amount: Amount): void {
    this.#scratch.put(u64, key, (this.#scratch.get(u64, key) ?? 0n) + amount);
  }
}
