/**
 * What the outcomes of earlier jobs would do to what a later one reads. A prediction, never a fact: the node compares
 * every read with the state before it uses a result.
 */
import type { Account, Op, Outcome, Reserve } from '../../../consensus/interface/index.ts';
import type { Job, Read } from '../wire.ts';

type Bytes = Uint8Array;

/** One character per byte, so that names sort as their bytes do. */
export const nameOf = (key: Bytes): string =>
  Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');

const pairOf = (client: Account, server: Account): string => `${client}${server}`;

/** What some jobs did, the later ones on top. */
export class Effects {
  /** By name of the key; null for a row that is deleted. */
  readonly rows = new Map<string, Bytes | null>();
  pot = 0n;
  readonly balances = new Map<Account, bigint>();
  /** In the order in which they happened: a debit takes thawing money first. */
  readonly reserves = new Map<
    string,
    { readonly client: Account; readonly server: Account; readonly moves: bigint[] }
  >();

  get isEmpty(): boolean {
    return this.rows.size === 0 && this.pot === 0n && this.balances.size === 0 && this.reserves.size === 0;
  }

  /** The value that a call brings is in the pot while it runs. */
  attach(job: Job): void {
    if (job.kind === 'apply') this.pot += job.value;
  }

  /** Takes up what a job did; a refused one gives its value back. */
  add(job: Job, outcome: Outcome | null): void {
    if (outcome?.ok === true) for (const op of outcome.ops) this.#apply(op);
    else if (job.kind === 'apply') this.pot -= job.value;
  }

  reserveAfter(client: Account, server: Account, before: Reserve | undefined): Reserve | undefined {
    const moves = this.reserves.get(pairOf(client, server))?.moves;
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

  /** The reads of single values that these effects change. */
  *touched(): Generator<Read> {
    for (const name of this.rows.keys()) yield { kind: 'get', key: Buffer.from(name, 'latin1') };
    if (this.pot !== 0n) yield { kind: 'pot' };
    for (const account of this.balances.keys()) yield { kind: 'balance', account };
    for (const { client, server } of this.reserves.values()) yield { kind: 'reserve', client, server };
  }

  #apply(op: Op): void {
    switch (op.op) {
      case 'put':
        this.rows.set(nameOf(op.key), new Uint8Array(op.value));
        return;
      case 'delete':
        this.rows.set(nameOf(op.key), null);
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

  #move(ledger: Extract<Op, { readonly op: 'transfer' }>['from'], amount: bigint): void {
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
