/** Accounts of addresses that were read lately: call after call names the same server, and mostly the same clients. */
import { fromAddress } from '../../consensus/consensus-0/address.ts';
import type { Account } from '../../consensus/interface/index.ts';

export { toAddress as addressOf } from '../../consensus/consensus-0/address.ts';

/** About 2 MiB. Strangers can name as many as they like; then reading costs what it costs without this. */
const MAX_READ = 8192;
const read = new Map<string, Account>();

/** The account of an address with prefix 42; undefined for anything else. */
export function accountOf(address: string): Account | undefined {
  const before = read.get(address);
  if (before !== undefined) return before;
  const account = fromAddress(address);
  if (account === undefined) return undefined;
  if (read.size >= MAX_READ) read.clear();
  read.set(address, account);
  return account;
}
