import {
  type Account,
  type Amount,
  type BlockInfo,
  type Event,
  event,
  more,
  type Op,
  type Outcome,
  ok,
  type Reserve,
  u53,
  u64,
  type View,
} from '../interface/index.ts';
import { addCounts, smaller } from './amount.ts';
import { Flow } from './flow.ts';
import { events, Pending, Totals } from './format.ts';
import { creditOf, epochOf, keys, pairOf, Scratch } from './storage.ts';

/** Most work of one block, so that no block grows with the number of pairs. */
export interface CloseLimits {
  readonly pairs: number;
  readonly flows: number;
  readonly credits: number;
  readonly marks: number;
}

export const CLOSE_LIMITS: CloseLimits = { pairs: 4096, flows: 4096, credits: 4096, marks: 8192 };

/** Closes for which the sums stay in state, for queries. */
const TOTALS_KEPT = 64;
const NO_TOTALS: Totals = { pairs: 0, calls: 0, credits: 0, total: 0n };

interface Step {
  readonly ops: readonly Op[];
  readonly events: readonly Event[];
  /** Whether the phase has nothing left to do. */
  readonly done: boolean;
}

/**
 * Nets what was accepted in epoch `closing` into one settlement (spec section 5), in four phases: debits from the
 * reserves into the pot, shares down the links, credits out of the pot, old marks. A phase that reaches its limit ends
 * the block's work, and the next block goes on there. Between blocks the pot holds exactly what is yet to be credited.
 */
export function closeEpoch(limits: CloseLimits = CLOSE_LIMITS) {
  return (block: BlockInfo, view: View, closing: number): Outcome => {
    const close = new Close(view, closing, limits);
    const phases = [() => close.debit(), () => close.share(), () => close.credit(), () => close.prune(block)];
    const steps: Step[] = [];
    for (const phase of phases) {
      const step = phase();
      steps.push(step);
      if (!step.done) break;
    }
    const ops = [...steps.flatMap(step => step.ops), ...close.scratch.ops()];
    const made = steps.flatMap(step => step.events);
    return steps.at(-1)?.done ? ok(ops, made) : more(ops, made);
  };
}

class Close {
  readonly scratch: Scratch;
  readonly #view: View;
  readonly #closing: number;
  readonly #limits: CloseLimits;
  readonly #flow: Flow;
  readonly #accounts = new Map<number, Account>();
  #totals: Totals;

  constructor(view: View, closing: number, limits: CloseLimits) {
    this.scratch = new Scratch(view);
    this.#view = view;
    this.#closing = closing;
    this.#limits = limits;
    this.#flow = new Flow(view, this.scratch, closing);
    this.#totals = this.scratch.get(Totals, keys.totals(closing)) ?? NO_TOTALS;
  }

  debit(): Step {
    const rows = this.scratch.scan(Pending, keys.bucket(this.#closing), this.#limits.pairs + 1);
    const ops: Op[] = [];
    // Summed up before it flows: many pairs pay the same few modules.
    const revenue = new Map<string, { terms: number; module: number; amount: Amount }>();
    for (const [key, debts] of rows.slice(0, this.#limits.pairs)) {
      const { module, client } = pairOf(key);
      const server = this.#account(module);
      const paid = withinReserve(debts, this.#view.reserve(client, server));
      for (const { epoch: terms, amount } of paid) {
        const name = `${terms}:${module}`;
        revenue.set(name, { terms, module, amount: (revenue.get(name)?.amount ?? 0n) + amount });
      }
      this.scratch.delete(key);
      const calls = paid.reduce((sum, debt) => addCounts(sum, debt.calls), 0);
      const amount = paid.reduce((sum, debt) => sum + debt.amount, 0n);
      if (amount === 0n) continue;
      ops.push({ op: 'transfer', from: { kind: 'reserve', client, server }, to: { kind: 'pot' }, amount });
      this.#add({ pairs: 1, calls, credits: 0, total: amount });
    }
    for (const { terms, module, amount } of revenue.values()) this.#flow.add(terms, module, amount);
    this.#save();
    return { ops, events: [], done: rows.length <= this.#limits.pairs };
  }

  share(): Step {
    return { ops: [], ...this.#flow.share(this.#limits.flows) };
  }

  credit(): Step {
    const rows = this.scratch.scan(u64, keys.credits(this.#closing), this.#limits.credits + 1);
    const ops: Op[] = [];
    for (const [key, amount] of rows.slice(0, this.#limits.credits)) {
      const account = creditOf(key);
      this.scratch.delete(key);
      ops.push({ op: 'transfer', from: { kind: 'pot' }, to: { kind: 'account', account }, amount });
      this.#add({ ...NO_TOTALS, credits: 1 });
    }
    this.#save();
    const done = rows.length <= this.#limits.credits;
    // Without a credit there was nothing to settle, or the event was sent before and only marks are left.
    const last = done && rows.length > 0;
    const settled = { epoch: this.#closing, ...this.#totals };
    return { ops, events: last ? [event('settled', events.settled, settled)] : [], done };
  }

  /** Forgets the marks of epochs that can no longer be claimed, and the sums of an old close. */
  prune(block: BlockInfo): Step {
    const rows = this.scratch.scan(u53, keys.marks(), this.#limits.marks + 1);
    const old = rows.filter(([key]) => epochOf(key) + block.graceEpochs < block.epoch);
    for (const [key] of old.slice(0, this.#limits.marks)) this.scratch.delete(key);
    if (this.#closing >= TOTALS_KEPT) this.scratch.delete(keys.totals(this.#closing - TOTALS_KEPT));
    return { ops: [], events: [], done: old.length <= this.#limits.marks };
  }

  #account(module: number): Account {
    const known = this.#accounts.get(module) ?? this.#view.module(module)?.account;
    if (known === undefined) throw new Error(`module ${module} is owed money and does not exist`);
    this.#accounts.set(module, known);
    return known;
  }

  #add(part: Totals): void {
    this.#totals = {
      pairs: this.#totals.pairs + part.pairs,
      calls: addCounts(this.#totals.calls, part.calls),
      credits: this.#totals.credits + part.credits,
      total: this.#totals.total + part.total,
    };
  }

  #save(): void {
    if (this.#totals !== NO_TOTALS) this.scratch.put(Totals, keys.totals(this.#closing), this.#totals);
  }
}

/**
 * The debts that the reserve still covers, oldest epoch first. A claim is only accepted within the reserve, but a
 * close that goes on over many blocks leaves time for a withdrawal of what had thawed.
 */
function withinReserve(debts: Pending, reserve: Reserve | undefined): Pending {
  let left = reserve === undefined ? 0n : reserve.amount + reserve.thawing;
  return debts.flatMap(debt => {
    const amount = smaller(debt.amount, left);
    left -= amount;
    return amount > 0n ? [{ ...debt, amount }] : [];
  });
}
