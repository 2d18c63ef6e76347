/** consensus-0 as the compliance suite sees it; loaded by fresh processes too. */
import type { CallStep, Sample, Subject } from '../../consensus/compliance/index.ts';
import { type Claim, consensus0 } from '../../consensus/consensus-0/index.ts';
import { account, claimsOf, link, served, server, world } from './support.ts';

const second = account('second');
const tally = { nonce: 3, count: 3, total: 30n };

const call = (args: Claim, more: Partial<CallStep> = {}): CallStep => ({
  kind: 'call',
  sender: server,
  method: 'claim',
  args,
  expect: 'ok',
  ...more,
});
const epochs = (count: number) => Array.from({ length: count }, () => ({ kind: 'epoch' }) as const);

const receipts = [1, 2, 3, 4].map(nonce => served({ nonce, tally: nonce === 4 ? tally : null }));
const [plain] = await claimsOf(receipts.slice(0, 2));
const [mixed] = await claimsOf([
  ...receipts,
  served({ nonce: 1, client: second }),
  served({ nonce: 5, client: second }),
]);
if (plain === undefined || mixed === undefined) throw new Error('nothing to claim');

const samples: readonly Sample[] = [
  {
    name: 'one client without a tally',
    world: world(),
    steps: [...epochs(2), call(plain), ...epochs(4)],
  },
  {
    name: 'tallies and receipts shared down the links',
    world: world({ links: [link(1, 2, 3333), link(1, 3, 3333), link(2, 4, 5000), link(3, 4, 10_000)] }),
    steps: [...epochs(2), call(mixed), call(plain), ...epochs(1), call(plain), ...epochs(3)],
  },
  {
    name: 'a reserve that does not suffice',
    world: world({ reserve: 3n, thawing: 10n }),
    steps: [...epochs(2), call(mixed), ...epochs(1)],
  },
  {
    name: 'refused claims',
    world: { ...world(), balances: [{ account: server, amount: 100n }] },
    steps: [
      call(plain, { expect: 'EPOCH_OPEN' }),
      ...epochs(2),
      call(plain, { expect: 'VALUE_REFUSED', value: 7n }),
      call(plain, { expect: 'NOT_SERVING', sender: second }),
      call(plain, { verified: [false, true] }),
      ...epochs(2),
      call(plain, { expect: 'CLAIM_TOO_LATE' }),
    ],
  },
];

export const subject: Subject = { module: consensus0, params: {}, samples };
