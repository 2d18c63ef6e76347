/**
 * What the outcomes of earlier jobs would do to what a later one reads. A prediction, never a fact: the node compares
 * every read with the state before it uses a result.
 */
import type { Account, Reserve } from '../../../consensus/interface/index.ts';
import { readName, rowName } from '../readName.ts';
import type { Job, JobResult } from '../wire.ts';

type Bytes = Uint8Array;
type Op = Extract<JobResult, { readonly kind: 'ok' }>['ops'][number];

const pairOf = (client: Account, server: Account): string => `${client}${server}`;

/** Names behind the sorted ones are looked through one by one, up to so many. */
const MAX_TAIL = 256;

/** What some jobs did, the later ones on top. */
export class Effects {
  /** By {@link rowName}; null for a row that is deleted. */
  readonly rows = new Map<string, Bytes | null>();
  pot = 0n;
  readonly balances = new Map<Account, bigint>();
  /** In the order in which they happened: a debit takes thawing money first. */
  readonly reserves = new Map<
    string,
    { readonly client: Account; readonly server: Account; readonly moves: bigint[] }
  >();
  /** The name of each row that was written, as often as it was. */
  readonly #log: string[] = [];
  /** The first of the log, each once, in order. */
  #sorted: readonly string[] = [];
  #sortedTo = 0;

  get isEmpty(): boolean {
    return this.rows.size === 0 && this.pot === 0n && this.balances.size === 0 && this.reserves.size === 0;
  }

  /** How often a row was written. */
  get writes(): number {
    return this.#log.length;
  }

  /** The value that a call brings is in the pot while it runs. */
  attach(job: Job): void {
    if (job.kind === 'apply') this.pot += job.value;
  }

  /** Takes up what a job did; one that did nothing gives its value back, also one whose result does not count (null). */
  add(job: Job, result: JobResult | null): void {
    if (result?.kind === 'ok') for (const op of result.ops) this.#apply(op);
    else if (job.kind === 'apply') this.pot -= job.value;
  }

  /** Rows, by name, that were written after so many writes; `prefix` is the start of their names. */
  writtenUnder(prefix: string, since: number): Set<string> {
    const found = new Set<string>();
    const tail = since > 0 ? since : this.#sortUp();
    if (since === 0)
      for (let at = lowerBound(this.#sorted, prefix); at < this.#sorted.length; at++) {
        const name = this.#sorted[at] ?? '';
        if (!name.startsWith(prefix)) break;
        found.add(name);
      }
    for (let at = tail; at < this.#log.length; at++) {
      const name = this.#log[at] ?? '';
      if (name.startsWith(prefix)) found.add(name);
    }
    return found;
  }

  /** Where the names that are not sorted begin. */
  #sortUp(): number {
    if (this.#log.length - this.#sortedTo > MAX_TAIL + this.#sorted.length / 8) {
      this.#sorted = [...this.rows.keys()].sort();
      this.#sortedTo = this.#log.length;
    }
    return this.#sortedTo;
  }

  reserveAfter(client: Account, server: Account, before: Reserve | undefined): Reserve | undefined {
    // Most mechanisms move reserves when an epoch closes, and look at them in each call.
    const moves = this.reserves.size === 0 ? undefined : this.reserves.get(pairOf(client, server))?.moves;
    if (moves === undefined) return before;
    let { amount, thawing, thawEpoch } = before ?? { amount: 0n, thawing: 0n, thawEpoch: 0 };
    for (const move of moves) {
      const taken = move < 0n ? -move : 0n;
      const fromThawing = taken < thawing ? taken : thawing;
      thawing -= fromThawing;
      amount += move < 0n ? fromThawing - taken : move;
      if (thawing === 0n) thawEpoch = 0;
      if (amount < 0n) return before;
    }
    return amount === 0n && thawing === 0n ? undefined : { amount, thawing, thawEpoch };
  }

  /** Names of the reads of single values that these effects change. */
  *touched(): Generator<string> {
    yield* this.rows.keys();
    if (this.pot !== 0n) yield readName({ kind: 'pot' });
    for (const account of this.balances.keys()) yield readName({ kind: 'balance', account });
    for (const { client, server } of this.reserves.values())
      yield readName({ kind: 'reserve', client, server });
  }

  #apply(op: Op): void {
    switch (op.kind) {
      case 'put':
        this.#write(op.key, op.value);
        return;
      case 'delete':
        this.#write(op.key, null);
        return;
      case 'mint':
        this.pot += op.amount;
        return;
      case 'burn':
        this.pot -= op.amount;
        return;
      case 'transfer':
        this.#move(op.from, -op.amount);
        this.#move(op.to, op.amount);
    }
  }

  #write(key: Bytes, value: Bytes | null): void {
    const name = rowName(key);
    this.rows.set(name, value);
    this.#log.push(name);
  }

  #move(ledger: Extract<Op, { readonly kind: 'transfer' }>['from'], amount: bigint): void {
    if (ledger.kind === 'pot') this.pot += amount;
    else if (ledger.kind === 'account')
      this.balances.set(ledger.account, (this.balances.get(ledger.account) ?? 0n) + amount);
    else {
      const { client, server } = ledger;
      const known = this.reserves.get(pairOf(client, server));
      if (known !== undefined) known.moves.push(amount);
      else this.reserves.set(pairOf(client, server), { client, server, moves: [amount] });
    }
  }
}

/** The first place in ascending names that is not below this one. */
function lowerBound(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
