import { optional, query, type TypeOf, u53 } from '../interface/index.ts';
import { openBuckets, pendingSum } from './claim.ts';
import {
  ClaimedQuery,
  ClaimedResult,
  PendingQuery,
  PendingResult,
  SettlementQuery,
  Totals,
} from './format.ts';
import { keys, Scratch } from './storage.ts';

const MaybeTotals = optional(Totals);

const claimed = query<TypeOf<typeof ClaimedQuery>, TypeOf<typeof ClaimedResult>>({
  description: 'Highest nonce that a server was paid for, of a client and an epoch; null for none.',
  codec: ClaimedQuery,
  result: ClaimedResult,
  run(view, { epoch, server, client }) {
    const module = view.module(server)?.id;
    if (module === undefined) return { nonce: null };
    return { nonce: new Scratch(view).get(u53, keys.mark(epoch, module, client)) ?? null };
  },
});

const pending = query<TypeOf<typeof PendingQuery>, TypeOf<typeof PendingResult>>({
  description:
    'What a client owes a server by accepted claims that the next close will debit, in base units.',
  codec: PendingQuery,
  result: PendingResult,
  run(view, { server, client }, block) {
    const module = view.module(server)?.id;
    if (module === undefined) return { amount: 0n };
    return { amount: pendingSum(new Scratch(view), openBuckets(block, view), module, client) };
  },
});

const settlementOf = query<TypeOf<typeof SettlementQuery>, Totals | null>({
  description: 'Sums of the settlement that closed an epoch, for the last 64 closes; null for none.',
  codec: SettlementQuery,
  result: MaybeTotals,
  run: (view, { epoch }) => new Scratch(view).get(Totals, keys.totals(epoch)) ?? null,
});

export const queries = { claimed, pending, settlementOf };
