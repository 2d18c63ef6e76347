import { fromAddress, toAddress } from '../../chain/index.ts';
import type { Account } from '../../consensus/interface/index.ts';

/** Both directions hash; the same few addresses are asked for again and again. */
const KEPT = 20_000;
const accounts = new Map<string, Account>();
const addresses = new Map<Account, string>();

/** The account of an SS58 address. Throws AddressError. */
export function toAccount(address: string): Account {
  return remembered(accounts, address, fromAddress);
}

/** The SS58 address of an account. */
export function addressOf(account: Account): string {
  return remembered(addresses, account, toAddress);
}

function remembered<From, To>(known: Map<From, To>, from: From, compute: (from: From) => To): To {
  const found = known.get(from);
  if (found !== undefined) return found;
  const made = compute(from);
  // The oldest goes first: maps keep the order of insertion.
  if (known.size >= KEPT) for (const oldest of known.keys()) return replace(known, oldest, from, made);
  known.set(from, made);
  return made;
}

function replace<From, To>(known: Map<From, To>, oldest: From, from: From, made: To): To {
  known.delete(oldest);
  known.set(from, made);
  return made;
}
