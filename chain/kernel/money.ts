/** The only places where free balances and the supply change. */
import type { Account as AccountId, Amount } from '../../consensus/interface/index.ts';
import { type ChainErrorCode, chainError } from '../errors.ts';
import type { Account } from '../format/entities.ts';
import type { Draft } from '../state/index.ts';
import { getAccount, getSupply } from './getters.ts';
import { accounts, supplies } from './tables.ts';

export const MAX_AMOUNT = 0xffff_ffff_ffff_ffffn;

/** An account that never sent and holds nothing has no row; one that sent keeps its nonce for ever. */
export function putAccount(draft: Draft, id: AccountId, account: Account): void {
  if (account.nonce === 0 && account.free === 0n) accounts.delete(draft, id);
  else accounts.put(draft, account, id);
}

/** Adds to a free balance. Cannot overflow: it comes from a supply that fits u64. */
export function credit(draft: Draft, id: AccountId, amount: Amount): void {
  if (amount === 0n) return;
  const account = getAccount(draft, id);
  putAccount(draft, id, { ...account, free: account.free + amount });
}

/** Takes from a free balance, or throws INSUFFICIENT_BALANCE. */
export function debit(draft: Draft, id: AccountId, amount: Amount): void {
  if (amount === 0n) return;
  const account = getAccount(draft, id);
  requireFunds(account.free, amount, 'INSUFFICIENT_BALANCE');
  putAccount(draft, id, { ...account, free: account.free - amount });
}

/** Throws when less is there than is needed. */
export function requireFunds(
  available: Amount,
  needed: Amount,
  code: Extract<ChainErrorCode, `INSUFFICIENT_${string}`>,
): void {
  if (available < needed) throw chainError(code, { needed, available });
}

export function requirePositive(amount: Amount): void {
  if (amount === 0n) throw chainError('AMOUNT_ZERO');
}

/** Declares new money; whoever calls this credits it. Throws SUPPLY_OVERFLOW. */
export function mintSupply(draft: Draft, amount: Amount): void {
  const supply = getSupply(draft);
  // Both counters stay in u64, also where money is minted and burned again without end.
  if (supply.total + amount > MAX_AMOUNT || supply.minted + amount > MAX_AMOUNT)
    throw chainError('SUPPLY_OVERFLOW');
  supplies.put(draft, { ...supply, total: supply.total + amount, minted: supply.minted + amount });
}

/** Declares money destroyed; whoever calls this debits it. */
export function burnSupply(draft: Draft, amount: Amount): void {
  const supply = getSupply(draft);
  if (supply.burned + amount > MAX_AMOUNT) throw chainError('SUPPLY_OVERFLOW');
  supplies.put(draft, { ...supply, total: supply.total - amount, burned: supply.burned + amount });
}
