import {
  type Account,
  type Amount,
  type BlockInfo,
  event,
  fail,
  type Invocation,
  type ModuleView,
  method,
  type Outcome,
  ok,
  u53,
  type View,
} from '../interface/index.ts';
import { addCounts } from './amount.ts';
import { Claim, type ClaimRow, events, Pending } from './format.ts';
import { judgeRow, type Verdict } from './judge.ts';
import { claimChecks, claimWeight } from './rebuild.ts';
import { epochOf, keys, Scratch } from './storage.ts';

/** The call by which a server submits what its clients owe for one epoch (spec section 5). */
export const claim = method<Claim>({
  description: 'Claims what clients owe for the calls of one past epoch.',
  codec: Claim,
  weight: claimWeight,
  checks: ({ sender, args }, { chainId }) => claimChecks(sender, args, chainId),
  apply: applyClaim,
});

function applyClaim(block: BlockInfo, view: View, call: Invocation<Claim>): Outcome {
  const { args, sender } = call;
  if (call.value > 0n) return fail('VALUE_REFUSED', 'a claim takes no attached value');
  if (args.epoch >= block.epoch)
    return fail('EPOCH_OPEN', `epoch ${args.epoch} can be claimed from epoch ${args.epoch + 1} on`);
  if (args.epoch + block.graceEpochs < block.epoch)
    return fail(
      'CLAIM_TOO_LATE',
      `epoch ${args.epoch} could be claimed until epoch ${args.epoch + block.graceEpochs}`,
    );
  const server = view.module(sender, args.epoch);
  if (server === undefined || server.retired)
    return fail('NOT_SERVING', `the sender served no module in epoch ${args.epoch}`);
  if (server.consensus !== block.consensus)
    return fail(
      'NOT_BOUND',
      `the module was bound to consensus module ${server.consensus}, not ${block.consensus}`,
    );

  const scratch = new Scratch(view);
  const judge = judgeOf(block, view, scratch, server, call);
  const rows = args.rows.map(row => {
    const verdict = judge(row);
    if (verdict.amount > 0n) record(scratch, block, args.epoch, server.id, row.client, verdict);
    const { status, calls, amount } = verdict;
    return event('row', events.row, {
      epoch: args.epoch,
      server: sender,
      client: row.client,
      calls,
      amount,
      status,
    });
  });
  return ok(scratch.ops(), rows);
}

/** Judges the rows of one claim, which must come in their order: each takes its part of `verified`. */
function judgeOf(
  block: BlockInfo,
  view: View,
  scratch: Scratch,
  server: ModuleView,
  { args, sender, verified }: Invocation<Claim>,
): (row: ClaimRow) => Verdict {
  const buckets = openBuckets(block, view);
  const prices = new Map<string, Amount | undefined>();
  const price = (fn: string) => {
    if (!prices.has(fn)) prices.set(fn, view.price(server.id, fn, args.epoch));
    return prices.get(fn);
  };
  let headers = 0;
  return row => {
    const start = headers;
    headers += row.receipts.length;
    return judgeRow(row, {
      server: sender,
      epoch: args.epoch,
      terms: args.terms,
      verified: verified.slice(start, headers),
      lastClaimed: scratch.get(u53, keys.mark(args.epoch, server.id, row.client)) ?? 0,
      price,
      available: available(view, scratch, buckets, server, row.client),
    });
  };
}

/** Buckets that may hold debts: from the oldest that is not netted yet up to this epoch's. */
export function openBuckets(block: BlockInfo, view: View): readonly number[] {
  const first = view.scan(keys.buckets(), { limit: 1 })[0];
  const oldest = first === undefined ? block.epoch : epochOf(first[0]);
  return Array.from({ length: block.epoch - oldest + 1 }, (_, index) => oldest + index);
}

/** Sum of a pair's debts in these buckets. */
export function pendingSum(
  scratch: Scratch,
  buckets: readonly number[],
  module: number,
  client: Account,
): Amount {
  let sum = 0n;
  for (const bucket of buckets)
    for (const { amount } of scratch.get(Pending, keys.pending(bucket, module, client)) ?? []) sum += amount;
  return sum;
}

/** Both parts of the reserve back debts; thawing only delays the withdrawal (spec section 3). */
function available(
  view: View,
  scratch: Scratch,
  buckets: readonly number[],
  server: ModuleView,
  client: Account,
): Amount {
  const reserve = view.reserve(client, server.account);
  if (reserve === undefined) return 0n;
  const free = reserve.amount + reserve.thawing - pendingSum(scratch, buckets, server.id, client);
  return free > 0n ? free : 0n;
}

/**
 * Marks the nonces as settled and adds the debt to this epoch's bucket.
 *
 * The mark is the highest nonce settled, not one bit as in spec section 5: a client that never tallies can make more
 * calls than one claim has room for, and its server must be able to go on with higher nonces. A row that starts at or
 * below the mark is REPLAY, and a tally starts at 1, so nothing is ever paid twice and only the first row of a pair
 * can bring a tally.
 */
function record(
  scratch: Scratch,
  block: BlockInfo,
  epoch: number,
  module: number,
  client: Account,
  { claimed, calls, amount }: Verdict,
): void {
  scratch.put(u53, keys.mark(epoch, module, client), claimed);
  const key = keys.pending(block.epoch, module, client);
  const debts = scratch.get(Pending, key) ?? [];
  const before = debts.find(debt => debt.epoch === epoch);
  const sum = { epoch, calls: addCounts(before?.calls ?? 0, calls), amount: (before?.amount ?? 0n) + amount };
  const others = debts.filter(debt => debt.epoch !== epoch);
  scratch.put(
    Pending,
    key,
    [...others, sum].sort((a, b) => a.epoch - b.epoch),
  );
}
