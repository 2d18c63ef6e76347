/** Checks and applies what a consensus module asks for (spec section 6, rule 2). */
import type { Amount, Capability, Event, Ledger, Op, Outcome } from '../../consensus/interface/index.ts';
import { type ChainError, chainError } from '../errors.ts';
import type { ChainEvent } from '../format/block.ts';
import type { ConsensusEntry } from '../format/entities.ts';
import { LIMITS } from '../format/limits.ts';
import type { Draft } from '../state/index.ts';
import { emit } from './context.ts';
import { mechanismOf } from './mechanism.ts';
import { burnSupply, credit, mintSupply } from './money.ts';
import { claimable, creditReserve, debitReserve, readReserve } from './reserveRows.ts';
import { consensusEntries, storageKey } from './tables.ts';
import type { Code } from './types.ts';

/** Most ops of one outcome, so that one step of a block stays short. */
export const OUTCOME_OPS = 65_536;

export interface OutcomeTarget {
  readonly draft: Draft;
  readonly code: Code;
  readonly events: ChainEvent[];
}

type ReserveLedger = Extract<Ledger, { readonly kind: 'reserve' }>;

/** The module's own money while its ops are applied; one row is written at the end. */
interface Books {
  readonly entry: ConsensusEntry;
  pot: Amount;
  minted: Amount;
}

/**
 * Applies a positive outcome, which `plainOutcome` found well-formed, or throws {@link ChainError}; whoever calls this
 * rolls the draft back then. Events: those of the kernel for each movement of money, in order, then the module's own.
 */
export function applyOutcome(
  target: OutcomeTarget,
  entry: ConsensusEntry,
  outcome: Extract<Outcome, { readonly ok: true }>,
): void {
  const events = outcome.events ?? [];
  if (outcome.ops.length > OUTCOME_OPS) throw bad(`${outcome.ops.length} ops, at most ${OUTCOME_OPS}`);
  const books: Books = { entry, pot: entry.pot, minted: entry.mintedThisEpoch };
  for (const op of outcome.ops) applyOp(target, books, op);
  consensusEntries.put(target.draft, { ...entry, pot: books.pot, mintedThisEpoch: books.minted }, entry.id);
  for (const event of events) target.events.push(checkedEvent(target, entry, event));
  if (target.events.length > LIMITS.eventsPerOutcome)
    throw bad(`${target.events.length} events, at most ${LIMITS.eventsPerOutcome}`);
}

function applyOp(target: OutcomeTarget, books: Books, op: Op): void {
  switch (op.op) {
    case 'transfer':
      take(target, books, op.from, op.amount);
      give(target, books, op.to, op.amount);
      break;
    case 'put':
      put(target.draft, books.entry.id, op.key, op.value);
      break;
    case 'delete':
      requireKey(op.key);
      target.draft.delete(storageKey(books.entry.id, op.key));
      break;
    case 'mint':
      mint(target, books, op.amount);
      break;
    case 'burn':
      burn(target, books, op.amount);
      break;
  }
}

function take(target: OutcomeTarget, books: Books, from: Ledger, amount: Amount): void {
  if (from.kind === 'pot') takeFromPot(books, amount);
  else if (from.kind === 'reserve') takeFromReserve(target, books, from, amount);
  else throw bad('it takes from an account');
}

function takeFromReserve(
  target: OutcomeTarget,
  { entry }: Books,
  { client, server }: ReserveLedger,
  amount: Amount,
): void {
  need(entry, 'move_reserves');
  const id = { consensus: entry.id, client, server };
  const reserve = readReserve(target.draft, id);
  const available = claimable(reserve);
  if (available < amount) throw chainError('OVERDRAFT', { ledger: 'reserve', needed: amount, available });
  debitReserve(target.draft, id, reserve, amount);
  emit(target, 'ReserveDebited', { ...id, amount });
}

function takeFromPot(books: Books, amount: Amount): void {
  if (books.pot < amount)
    throw chainError('OVERDRAFT', { ledger: 'pot', needed: amount, available: books.pot });
  books.pot -= amount;
}

function give(target: OutcomeTarget, books: Books, to: Ledger, amount: Amount): void {
  if (to.kind === 'pot') books.pot += amount;
  else if (to.kind === 'account') {
    credit(target.draft, to.account, amount);
    emit(target, 'PotPaid', { consensus: books.entry.id, account: to.account, amount });
  } else giveToReserve(target, books, to, amount);
}

function giveToReserve(
  target: OutcomeTarget,
  { entry }: Books,
  { client, server }: ReserveLedger,
  amount: Amount,
): void {
  need(entry, 'move_reserves');
  const id = { consensus: entry.id, client, server };
  creditReserve(target.draft, id, amount);
  emit(target, 'Reserved', { ...id, amount });
}

function mint(target: OutcomeTarget, books: Books, amount: Amount): void {
  need(books.entry, 'mint');
  const minted = books.minted + amount;
  const cap = books.entry.mintCap;
  if (minted > cap) throw chainError('MINT_CAP', { minted, cap });
  mintSupply(target.draft, amount);
  books.minted = minted;
  books.pot += amount;
  emit(target, 'PotMinted', { consensus: books.entry.id, amount });
}

function burn(target: OutcomeTarget, books: Books, amount: Amount): void {
  takeFromPot(books, amount);
  burnSupply(target.draft, amount);
  emit(target, 'PotBurned', { consensus: books.entry.id, amount });
}

function put(draft: Draft, consensus: number, key: Uint8Array, value: Uint8Array): void {
  requireKey(key);
  if (value.length > LIMITS.storageValue) throw bad(`a value is over ${LIMITS.storageValue} bytes`);
  draft.put(storageKey(consensus, key), value);
}

function checkedEvent({ code }: OutcomeTarget, entry: ConsensusEntry, { name, data }: Event): ChainEvent {
  const { events = {} } = mechanismOf(entry, code);
  if (!Object.hasOwn(events, name)) throw bad('an event that it did not declare');
  if (data.length > LIMITS.eventData) throw bad(`data of an event are over ${LIMITS.eventData} bytes`);
  return { source: entry.id, name, data };
}

function need({ id, capabilities }: ConsensusEntry, capability: Capability): void {
  if (!capabilities.includes(capability)) throw chainError('CAPABILITY', { consensus: id, capability });
}

function requireKey(key: Uint8Array): void {
  if (key.length > LIMITS.storageKey) throw bad(`a key is over ${LIMITS.storageKey} bytes`);
}

const bad = (reason: string): ChainError => chainError('BAD_OUTCOME', { reason });
