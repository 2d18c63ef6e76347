/** What one client owes a server for an epoch, as the server's own receipts say. */
import type { Account, Amount, Local, StoredReceipt } from '../interface/index.ts';
import { fromAddress } from './address.ts';
import { type CallHeader, headerHash, parseHeader, type Tally } from './header.ts';
import { parseReceipt } from './receipt.ts';
import { RecordError } from './record.ts';

/** A served call: what the client signed, and what it cost. */
export interface ServedCall {
  readonly header: CallHeader;
  readonly signature: Uint8Array;
  readonly cost: Amount;
}

export interface Bill {
  readonly client: Account;
  /** The call whose header brings the tally. */
  readonly carrier: ServedCall | undefined;
  /** Paid calls that the tally covers. */
  readonly covered: number;
  /** Paid calls above the tally, ascending by nonce. The carrier can be among them. */
  readonly calls: readonly ServedCall[];
}

/** One bill per client, ascending by client; see `prepare` for what is left out. */
export function billsOf(local: Local, epoch: number, receipts: readonly StoredReceipt[]): readonly Bill[] {
  const clients = new Map<Account, ServedCall[]>();
  const addressReader = remembering(fromAddress);
  for (const stored of receipts) {
    const call = read(stored, addressReader);
    if (call === undefined) continue;
    const { chain, server, client } = call.header;
    if (chain !== local.chainId || server !== local.server || call.header.epoch !== epoch) continue;
    const calls = clients.get(client);
    if (calls === undefined) clients.set(client, [call]);
    else calls.push(call);
  }
  return [...clients]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([client, served]) => billOf(client, inOrder(served)))
    .filter(({ covered, calls }) => covered > 0 || calls.length > 0);
}

/** The same few addresses stand in all headers of a server. */
function remembering(read: typeof fromAddress): typeof fromAddress {
  const known = new Map<string, Account | undefined>();
  return address => {
    if (!known.has(address)) known.set(address, read(address));
    return known.get(address);
  };
}

function read(stored: StoredReceipt, addressReader: typeof fromAddress): ServedCall | undefined {
  try {
    const header = parseHeader(stored.header, addressReader);
    const receipt = parseReceipt(stored.receipt);
    if (receipt.headerHash !== headerHash(stored.header) || receipt.cost > header.maxUsage) return undefined;
    return { header, signature: stored.headerSignature, cost: receipt.cost };
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

/** Ascending by nonce, each nonce once. */
function inOrder(served: readonly ServedCall[]): readonly ServedCall[] {
  const byNonce = new Map<number, ServedCall>();
  for (const call of served) if (!byNonce.has(call.header.nonce)) byNonce.set(call.header.nonce, call);
  return [...byNonce.values()].sort((a, b) => a.header.nonce - b.header.nonce);
}

/** Takes the tally that covers most. It must equal what the server itself has up to that nonce. */
function billOf(client: Account, served: readonly ServedCall[]): Bill {
  const sums = runningSums(served);
  let carrier: ServedCall | undefined;
  for (const call of served) {
    const { tally } = call.header;
    if (tally === null || tally.total === 0n || !matches(tally, sums)) continue;
    // Of equal ones the last: most likely its own call is claimed too, and one header serves both.
    if (tally.nonce >= (carrier?.header.tally?.nonce ?? 0)) carrier = call;
  }
  const upTo = carrier?.header.tally?.nonce ?? 0;
  const paid = served.filter(({ cost }) => cost > 0n);
  const calls = paid.filter(({ header }) => header.nonce > upTo);
  return { client, carrier, covered: paid.length - calls.length, calls };
}

interface Sum {
  readonly nonce: number;
  readonly all: number;
  readonly paid: number;
  readonly total: Amount;
}

function runningSums(calls: readonly ServedCall[]): readonly Sum[] {
  let all = 0;
  let paid = 0;
  let total = 0n;
  return calls.map(({ header, cost }) => {
    all += 1;
    paid += cost > 0n ? 1 : 0;
    total += cost;
    return { nonce: header.nonce, all, paid, total };
  });
}

/** Clients may count free calls or leave them out; what they owe is the same. */
function matches(tally: Tally, sums: readonly Sum[]): boolean {
  const own = lastAtMost(sums, tally.nonce);
  return (
    own !== undefined && own.total === tally.total && (own.paid === tally.count || own.all === tally.count)
  );
}

/** The last sum whose nonce is at most this, by bisection. */
function lastAtMost(sums: readonly Sum[], nonce: number): Sum | undefined {
  let low = 0;
  let high = sums.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle]?.nonce ?? 0) <= nonce) low = middle + 1;
    else high = middle;
  }
  return sums[low - 1];
}
