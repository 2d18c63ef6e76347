import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LIMITS, MAX_LINKS_PER_MODULE } from '../../chain/index.ts';
import { OUTCOME_OPS } from '../../chain/kernel/outcome.ts';
import type { CloseStep, Host, World } from '../../consensus/compliance/index.ts';
import { CLOSE_LIMITS, closeEpoch } from '../../consensus/consensus-0/close.ts';
import { consensus0, type FlowEvent } from '../../consensus/consensus-0/index.ts';
import type { LinkView } from '../../consensus/interface/index.ts';
import { keptSlowly } from './model.ts';
import { inBothRunners } from './runners.ts';
import {
  account,
  CHAIN,
  claimOf,
  claimsOf,
  client,
  hostIn as hostOf,
  link,
  served,
  server,
  submit,
} from './support.ts';

const eventsOf = <T>(steps: readonly CloseStep[], name: string): T[] =>
  steps.flatMap(({ events }) => events.filter(event => event.name === name).map(({ data }) => data as T));

/** What a close took from reserves. */
const debitsOf = (steps: readonly CloseStep[]) =>
  steps.flatMap(({ ops }) =>
    ops.flatMap(op =>
      op.op === 'transfer' && op.from.kind === 'reserve' ? [{ ...op.from, amount: op.amount }] : [],
    ),
  );

/** What a close paid out. */
const creditsOf = (steps: readonly CloseStep[]) =>
  steps.flatMap(({ ops }) => ops.filter(op => op.op === 'transfer' && op.to.kind === 'account'));

async function earn(host: Host, calls: number, epoch = 1): Promise<void> {
  const receipts = Array.from({ length: calls }, (_, index) => served({ nonce: index + 1, epoch }));
  assert.ok(submit(host, await claimOf(receipts, epoch)).ok);
}

inBothRunners('consensus-0 settlement', ({ hostIn, isolated }) => {
  it('shares revenue down the links, once, and leaves the pot empty', async () => {
    // 1 gives 30 % to 2 and 20 % to 3; 2 gives half of all it gets to 3.
    const links = [link(1, 2, 3000), link(1, 3, 2000), link(2, 3, 5000)];
    const host = hostIn(2, { links });
    await earn(host, 10);
    const steps = host.nextEpoch();
    assert.equal(steps.length, 1);
    assert.equal(host.books.free(server), 50n);
    assert.equal(host.books.free(account('helper-2')), 15n);
    assert.equal(host.books.free(account('helper-3')), 35n);
    assert.equal(host.books.pot(), 0n);
    assert.deepEqual(debitsOf(steps), [{ kind: 'reserve', client, server, amount: 100n }]);
    const flows = eventsOf<FlowEvent>(steps, 'flow').map(({ from, to, shareBps, amount }) => [
      from,
      to,
      shareBps,
      amount,
    ]);
    assert.deepEqual(flows, [
      [1, 2, 3000, 30n],
      [1, 3, 2000, 20n],
      [1, null, 5000, 50n],
      [2, 3, 5000, 15n],
      [2, null, 5000, 15n],
      [3, null, 10_000, 35n],
    ]);
    assert.deepEqual(eventsOf(steps, 'settled'), [
      { epoch: 2, pairs: 1, calls: 10, credits: 3, total: 100n },
    ]);
    assert.deepEqual(host.query('settlementOf', { epoch: 2 }), {
      pairs: 1,
      calls: 10,
      credits: 3,
      total: 100n,
    });
  });

  it('gives a parent that shares everything nothing, and does not ask for the parts again', async () => {
    const host = hostIn(2, { links: [link(1, 2, 10_000)] });
    await earn(host, 1);
    host.nextEpoch();
    assert.deepEqual([host.books.free(server), host.books.free(account('helper-2'))], [0n, 10n]);
    host.nextEpoch();
    assert.deepEqual([host.books.free(server), host.books.free(account('helper-2'))], [0n, 10n]);
  });

  it('judges each epoch by its own links and prices, and credits an account once', async () => {
    const base = hostInWorld([link(1, 2, 5000)]);
    const later = {
      ...base.terms,
      fromEpoch: 2,
      links: [link(1, 3, 5000)],
      modules: dearer(base.terms.modules),
    };
    const host = hostIn(3, { ...base.world, terms: [base.terms, later] });
    await earn(host, 1, 1);
    assert.ok(submit(host, await claimOf([served({ nonce: 1, epoch: 2, cost: 20n, maxUsage: 20n })], 2)).ok);
    const steps = host.nextEpoch();
    assert.equal(debitsOf(steps).length, 1);
    assert.equal(creditsOf(steps).length, 3);
    assert.equal(host.books.free(server), 15n);
    assert.equal(host.books.free(account('helper-2')), 5n);
    assert.equal(host.books.free(account('helper-3')), 10n);
  });

  it('does and writes nothing when nothing was claimed', () => {
    const host = hostIn(0);
    for (let epoch = 0; epoch < 5; epoch++) assert.deepEqual(host.nextEpoch(), [{ events: [], ops: [] }]);
    assert.equal(host.storage.size, 0);
    assert.equal(host.query('settlementOf', { epoch: 1 }), null);
  });

  it('forgets the marks after the grace, and all else sooner or later', async () => {
    const host = hostIn(2);
    await earn(host, 1);
    assert.deepEqual(host.query('claimed', { epoch: 1, server, client }), { nonce: 1 });
    host.nextEpoch();
    assert.deepEqual(host.query('claimed', { epoch: 1, server, client }), { nonce: 1 });
    host.nextEpoch();
    assert.deepEqual(host.query('claimed', { epoch: 1, server, client }), { nonce: null });
    for (let epoch = 0; epoch < 70; epoch++) host.nextEpoch();
    assert.equal(host.storage.size, 0);
  });

  // Its code as a process loads it has its own limits.
  const here = isolated ? it.skip : it;
  here(
    'spreads a large close over bounded blocks, to the same end (limits of a test: not in a process)',
    async () => {
      const links = [link(1, 2, 3333), link(1, 3, 1), link(2, 4, 5000), link(3, 4, 10_000)];
      const clients = Array.from({ length: 23 }, (_, index) => account(`client ${index}`));
      const reserves = clients.map(one => ({ client: one, server, amount: 100n }));
      const settings = { ...hostInWorld(links).world, reserves };
      const receipts = clients.flatMap((one, index) =>
        Array.from({ length: 1 + (index % 5) }, (_, call) =>
          served({ nonce: call + 1, client: one, cost: 7n }),
        ),
      );
      const claim = await claimOf(receipts);
      const whole = hostIn(2, settings);
      assert.ok(submit(whole, claim).ok);
      assert.equal(whole.nextEpoch().length, 1);

      for (const limit of [1, 2, 5, 23]) {
        const limits = { pairs: limit, flows: limit, credits: limit, marks: limit };
        const pieces = hostOf(2, settings, { ...consensus0, closeEpoch: closeEpoch(limits) });
        assert.ok(submit(pieces, claim).ok);
        const steps = pieces.nextEpoch();
        assert.ok(steps.length >= 23 / limit, `${steps.length} blocks`);
        assert.ok(
          steps.every(({ events, ops }) => events.length <= limit + 10 && ops.length <= 10 * limit + 20),
        );
        assert.equal(eventsOf(steps, 'settled').length, 1);
        assert.equal(pieces.books.text(), whole.books.text());
        assert.equal(pieces.books.pot(), 0n);
        pieces.nextEpoch();
        pieces.nextEpoch();
        assert.deepEqual(pieces.query('claimed', { epoch: 1, server, client: clients[0] }), { nonce: null });
      }
    },
  );

  it('keeps each step of 5,000 pairs within what the chain takes from one outcome', async () => {
    const clients = Array.from({ length: 5000 }, (_, index) => account(`client ${index}`));
    const reserves = clients.map(one => ({ client: one, server, amount: 100n }));
    const host = hostIn(2, { ...hostInWorld([link(1, 2, 5000)]).world, reserves });
    const claims = await claimsOf(clients.map(one => served({ nonce: 1, client: one })));
    for (const args of claims) assert.ok(host.call({ sender: server, method: 'claim', args }).ok);
    const steps = host.nextEpoch();
    assert.equal(steps.length, 2);
    for (const { ops, events } of steps) {
      const moves = ops.filter(({ op }) => op === 'transfer').length;
      assert.ok(ops.length <= OUTCOME_OPS, `${ops.length} ops`);
      // The chain adds an event per movement of money.
      assert.ok(moves + events.length <= LIMITS.eventsPerOutcome, `${moves + events.length} events`);
    }
    const { pairs, flows, credits } = CLOSE_LIMITS;
    assert.ok(pairs + flows + MAX_LINKS_PER_MODULE + credits + 2 <= LIMITS.eventsPerOutcome);
    assert.equal(host.books.free(server) + host.books.free(account('helper-2')), 50_000n);
  });

  it('settles what a shrunken reserve still covers, instead of stopping for ever', async () => {
    const host = hostIn(2, { reserve: 100n });
    await earn(host, 10);
    host.books.apply(
      [
        {
          op: 'transfer',
          from: { kind: 'reserve', client, server },
          to: { kind: 'account', account: client },
          amount: 70n,
        },
      ],
      new Set(['move_reserves']),
    );
    const steps = host.nextEpoch();
    assert.deepEqual(
      debitsOf(steps).map(({ amount }) => amount),
      [30n],
    );
    assert.equal(host.books.free(server), 30n);
  });
});

inBothRunners('consensus-0 over random histories', ({ hostIn, runs }) => {
  it('conserves, never overspends, never pays twice, and shares as the slow model does', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ links, reserve, calls, tallyAt, claims }) => {
        const settings = {
          ...hostInWorld(links).world,
          reserves: clients.map(one => ({ client: one, server, amount: reserve })),
        };
        const host = hostIn(2, settings);
        const receipts = clients.flatMap(one => historyOf(one, calls, tallyAt));
        let debited = 0n;
        for (const [from, to] of claims) {
          const part = receipts.slice(from % receipts.length, 1 + (to % receipts.length));
          for (const claim of await claimsOf(part)) submit(host, claim);
        }
        for (const one of clients) {
          const { amount } = host.query('pending', { server, client: one }) as { amount: bigint };
          const owed = calls.reduce((sum, cost) => sum + BigInt(cost), 0n);
          assert.ok(amount <= reserve && amount <= owed, `${amount} of ${reserve} for ${owed}`);
          debited += amount;
        }
        const steps = host.nextEpoch();
        assert.equal(host.books.pot(), 0n);
        const kept = keptSlowly(new Map([[1, debited]]), links);
        for (const [id, name] of ['server', 'helper-2', 'helper-3', 'helper-4'].entries())
          assert.equal(host.books.free(account(name)), kept.get(id + 1) ?? 0n, name);
        const total = debitsOf(steps).reduce((sum, { amount }) => sum + amount, 0n);
        assert.equal(total, debited);
      }),
      { numRuns: runs(150) },
    );
  });
});

const clients = [account('c1'), account('c2'), account('c3')];

/** Links from lower to higher ids, so acyclic; the shares of a parent stay within the whole. */
const graphs: fc.Arbitrary<LinkView[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 4 }), fc.nat(6000)), {
    maxLength: 8,
  })
  .map(rows => {
    const links: LinkView[] = [];
    for (const [parent, child, share] of rows) {
      const own = links.filter(known => known.parent === parent);
      const left = 10_000 - own.reduce((sum, { shareBps }) => sum + shareBps, 0);
      if (parent < child && own.every(known => known.child !== child))
        links.push(link(parent, child, Math.min(share, left)));
    }
    return links;
  });

const histories = fc.record({
  links: graphs,
  reserve: fc.bigInt(0n, 120n),
  /** Costs of the calls of each client. */
  calls: fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 12 }),
  /** Every so many calls a client tallies; 0 for never. */
  tallyAt: fc.nat(4),
  /** Which receipts the server puts into each claim. */
  claims: fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 1, maxLength: 5 }),
});

function historyOf(one: typeof client, calls: readonly number[], tallyAt: number) {
  let total = 0n;
  return calls.map((cost, index) => {
    const tally =
      tallyAt > 0 && index > 0 && index % tallyAt === 0 ? { nonce: index, count: index, total } : null;
    total += BigInt(cost);
    return served({ nonce: index + 1, client: one, cost: BigInt(cost), tally });
  });
}

function hostInWorld(links: readonly LinkView[]) {
  const modules = ['server', 'helper-2', 'helper-3', 'helper-4'].map((name, index) => ({
    id: index + 1,
    account: account(name),
    alias: name,
    consensus: 0,
    retired: false,
    prices: { infer: 10n },
  }));
  const terms = { fromEpoch: 0, modules, links };
  const reserves = [{ client, server, amount: 1000n }];
  const world: World = { chainId: CHAIN, consensus: 0, graceEpochs: 2, reserves, terms: [terms] };
  return { world, terms };
}

function dearer<T extends { prices: object }>(modules: readonly T[]): T[] {
  return modules.map(module => ({ ...module, prices: { infer: 20n } }));
}
