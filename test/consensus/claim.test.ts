import assert from 'node:assert/strict';
import type { CallResult } from '../../consensus/compliance/index.ts';
import type { Claim } from '../../consensus/consensus-0/index.ts';
import { inBothRunners } from './runners.ts';
import { account, amounts, claimOf, client, rowsOf, served, server, statuses, submit } from './support.ts';

const second = account('second');
const code = (result: CallResult): string => (result.ok ? 'ok' : result.code);

/** The claim with its first receipt changed. */
function tampered(claim: Claim, change: Partial<Claim['rows'][number]['receipts'][number]>): Claim {
  const [row, ...rows] = claim.rows;
  if (row === undefined) throw new Error('no row');
  const [first, ...others] = row.receipts;
  if (first === undefined) throw new Error('no receipt');
  return { ...claim, rows: [{ ...row, receipts: [{ ...first, ...change }, ...others] }, ...rows] };
}

inBothRunners('consensus-0 claim: status of a row', ({ hostIn }) => {
  it('OK: pays every receipt, and the reserve is debited at the close', async () => {
    const host = hostIn(2);
    const result = submit(host, await claimOf([served({ nonce: 1 }), served({ nonce: 2, cost: 4n })]));
    assert.deepEqual(rowsOf(result), [{ epoch: 1, server, client, calls: 2, amount: 14n, status: 'OK' }]);
    assert.equal(host.books.free(server), 0n);
    host.nextEpoch();
    assert.equal(host.books.free(server), 14n);
    assert.equal(host.books.reserve(client, server)?.amount, 986n);
  });

  it('OK: a tally pays for what it covers, and its own call beside it', async () => {
    const tally = { nonce: 9, count: 9, total: 90n };
    const calls = Array.from({ length: 9 }, (_, index) => served({ nonce: index + 1 }));
    const claim = await claimOf([...calls, served({ nonce: 10, tally })]);
    assert.equal(claim.rows[0]?.receipts.length, 1);
    const result = submit(hostIn(2), claim);
    assert.deepEqual(rowsOf(result), [{ epoch: 1, server, client, calls: 10, amount: 100n, status: 'OK' }]);
  });

  it('OK: 100,000 calls under a tally are one row with one header', async () => {
    const tally = { nonce: 100_000, count: 100_000, total: 1_000_000n };
    const host = hostIn(2, { reserve: 2_000_000n });
    const carrier = await claimOf([served({ nonce: 100_001 })]);
    const last = served({ nonce: 100_001, tally });
    const claim = tampered(carrier, { tally, signature: last.headerSignature });
    const [row] = claim.rows;
    assert.ok(row);
    const result = submit(host, { ...claim, rows: [{ ...row, tally: 0 }] });
    assert.deepEqual(rowsOf(result)[0]?.calls, 100_001);
    assert.deepEqual(amounts(result), [1_000_010n]);
  });

  it('BAD_SIGNATURE: any changed field, and the other rows are paid', async () => {
    const claim = await claimOf([served({ nonce: 1 }), served({ nonce: 1, client: second })]);
    const changes = [
      { nonce: 2 },
      { time: 99 },
      { paramsHash: account('x') },
      { tally: { nonce: 1, count: 1, total: 1n } },
    ];
    for (const change of [...changes, { signature: new Uint8Array(65) }, { signature: new Uint8Array(0) }]) {
      const result = submit(hostIn(2), tampered(claim, change));
      assert.deepEqual(statuses(result).sort(), ['BAD_SIGNATURE', 'OK']);
    }
    const dearer = { ...claim, terms: claim.terms.map(terms => ({ ...terms, maxUsage: 11n })) };
    assert.deepEqual(statuses(submit(hostIn(2), dearer)), ['BAD_SIGNATURE', 'BAD_SIGNATURE']);
  });

  it('REPLAY: the same claim again, in the same claim, in a later epoch, and after a tally', async () => {
    const host = hostIn(2);
    const claim = await claimOf([served({ nonce: 1 })]);
    const [row] = claim.rows;
    assert.ok(row);
    assert.deepEqual(statuses(submit(host, { ...claim, rows: [row, row] })), ['OK', 'REPLAY']);
    host.nextEpoch();
    assert.deepEqual(statuses(submit(host, claim)), ['REPLAY']);
    const tally = { nonce: 1, count: 1, total: 10n };
    const tallied = await claimOf([served({ nonce: 1 }), served({ nonce: 2, tally })]);
    assert.deepEqual(statuses(submit(host, tallied)), ['REPLAY']);
    host.nextEpoch();
    assert.equal(host.books.free(server), 10n);
  });

  it('goes on with higher nonces in a later claim', async () => {
    const host = hostIn(2);
    const [first, next] = [await claimOf([served({ nonce: 1 })]), await claimOf([served({ nonce: 2 })])];
    assert.deepEqual(statuses(submit(host, first)), ['OK']);
    assert.deepEqual(statuses(submit(host, next)), ['OK']);
    assert.deepEqual(statuses(submit(host, first)), ['REPLAY']);
    host.nextEpoch();
    assert.equal(host.books.free(server), 20n);
    assert.deepEqual(host.query('claimed', { epoch: 1, server, client }), { nonce: 2 });
  });

  it('WRONG_EPOCH: a header of another epoch', async () => {
    const claim = await claimOf([served({ nonce: 1, epoch: 0 })], 0);
    const foreign = { ...claim, epoch: 1, terms: claim.terms.map(terms => ({ ...terms, epoch: 0 })) };
    assert.deepEqual(statuses(submit(hostIn(2), foreign)), ['WRONG_EPOCH']);
    assert.deepEqual(statuses(submit(hostIn(2), { ...claim, epoch: 1 })), ['BAD_SIGNATURE']);
  });

  it('WRONG_SERVER: a header for another server', async () => {
    const claim = await claimOf([served({ nonce: 1 })]);
    const foreign = { ...claim, terms: claim.terms.map(terms => ({ ...terms, server })) };
    const host = hostIn(2);
    assert.deepEqual(statuses(submit(host, foreign, account('helper-2'))), ['WRONG_SERVER']);
    assert.deepEqual(statuses(submit(host, claim, account('helper-2'))), ['BAD_SIGNATURE']);
  });

  it('OVER_MAX: a cost above what the client signed', async () => {
    const claim = tampered(await claimOf([served({ nonce: 1, maxUsage: 8n, cost: 8n })]), { cost: 9n });
    assert.deepEqual(statuses(submit(hostIn(2), claim)), ['OVER_MAX']);
  });

  it('OVER_PRICE: a cost above the price of that epoch, or for a function without one', async () => {
    const dear = await claimOf([served({ nonce: 1, maxUsage: 100n, cost: 11n })]);
    assert.deepEqual(statuses(submit(hostIn(2), dear)), ['OVER_PRICE']);
    for (const fn of ['free', 'unknown', 'toString', '__proto__']) {
      const claim = await claimOf([served({ nonce: 1, fn, cost: 1n })]);
      assert.deepEqual(statuses(submit(hostIn(2), claim)), ['OVER_PRICE']);
    }
  });

  it('INSUFFICIENT: pays up to the reserve in nonce order, the thawing part included', async () => {
    const host = hostIn(2, { reserve: 20n, thawing: 5n });
    const calls = [1, 2, 3, 4].map(nonce => served({ nonce }));
    const result = submit(host, await claimOf(calls));
    assert.deepEqual(rowsOf(result), [
      { epoch: 1, server, client, calls: 3, amount: 25n, status: 'INSUFFICIENT' },
    ]);
    const rest = await claimOf(calls.slice(3));
    assert.deepEqual([statuses(submit(host, rest)), amounts(submit(host, rest))], [['INSUFFICIENT'], [0n]]);
    host.nextEpoch();
    assert.equal(host.books.free(server), 25n);
  });

  it('INSUFFICIENT: a tally above the reserve, or no reserve at all', async () => {
    const tally = { nonce: 5, count: 5, total: 50n };
    const calls = [1, 2, 3, 4, 5].map(nonce => served({ nonce }));
    const claim = await claimOf([...calls, served({ nonce: 6, tally })]);
    const result = submit(hostIn(2, { reserve: 33n }), claim);
    assert.deepEqual([statuses(result), amounts(result)], [['INSUFFICIENT'], [33n]]);
    const stranger = await claimOf([served({ nonce: 1, client: account('stranger') })]);
    assert.deepEqual(statuses(submit(hostIn(2), stranger)), ['INSUFFICIENT']);
  });

  it('NOT_ASCENDING: order, doubles, nonces under the tally, more calls than nonces', async () => {
    const claim = await claimOf([served({ nonce: 1 }), served({ nonce: 2 })]);
    const [row] = claim.rows;
    assert.ok(row);
    const [one, two] = row.receipts;
    assert.ok(one && two);
    for (const receipts of [
      [two, one],
      [one, one],
      [one, two, two],
    ])
      assert.deepEqual(statuses(submit(hostIn(2), { ...claim, rows: [{ ...row, receipts }] })), [
        'NOT_ASCENDING',
      ]);

    const tally = { nonce: 2, count: 2, total: 20n };
    const tallied = await claimOf([served({ nonce: 1 }), served({ nonce: 2 }), served({ nonce: 3, tally })]);
    const covered = served({ nonce: 2 });
    const under = {
      ...tallied.rows[0],
      ...row,
      tally: 2,
      receipts: [one, two, ...(tallied.rows[0]?.receipts ?? [])],
    };
    assert.ok(covered.header.includes('"nonce":2'));
    const mixed = {
      ...claim,
      rows: [{ ...under, receipts: under.receipts.map((r, i) => (i === 2 ? { ...r, time: 2 } : r)) }],
    };
    assert.deepEqual(statuses(submit(hostIn(2), mixed)), ['NOT_ASCENDING']);

    const boastful = served({ nonce: 3, tally: { nonce: 2, count: 3, total: 20n } });
    const forged = tampered(tallied, {
      tally: { nonce: 2, count: 3, total: 20n },
      signature: boastful.headerSignature,
    });
    assert.deepEqual(statuses(submit(hostIn(2), forged)), ['NOT_ASCENDING']);
  });

  it('lets a server leave out what was bad and claim the rest', async () => {
    const host = hostIn(2);
    const claim = await claimOf([served({ nonce: 1 }), served({ nonce: 2 })]);
    assert.deepEqual(statuses(submit(host, tampered(claim, { signature: new Uint8Array(65) }))), [
      'BAD_SIGNATURE',
    ]);
    assert.deepEqual(statuses(submit(host, claim)), ['OK']);
  });

  it('never promises one reserve twice over several epochs and claims', async () => {
    const host = hostIn(2, { reserve: 15n });
    const zero = await claimOf([served({ nonce: 1, epoch: 0 })], 0);
    assert.deepEqual(amounts(submit(host, zero)), [10n]);
    const one = submit(host, await claimOf([served({ nonce: 1 })]));
    assert.deepEqual([statuses(one), amounts(one)], [['INSUFFICIENT'], [5n]]);
    assert.deepEqual(host.query('pending', { server, client }), { amount: 15n });
    host.nextEpoch();
    assert.deepEqual(host.query('pending', { server, client }), { amount: 0n });
    assert.equal(host.books.free(server), 15n);
  });
});

inBothRunners('consensus-0 claim: refused as a whole', ({ hostIn }) => {
  it('before the epoch is over and after the grace', async () => {
    const claim = await claimOf([served({ nonce: 1 })]);
    assert.equal(code(submit(hostIn(1), claim)), 'EPOCH_OPEN');
    assert.equal(code(submit(hostIn(0), claim)), 'EPOCH_OPEN');
    assert.equal(code(submit(hostIn(3), claim)), 'ok');
    assert.equal(code(submit(hostIn(4), claim)), 'CLAIM_TOO_LATE');
  });

  it('from somebody who is no module, a retired one, or one bound elsewhere', async () => {
    const claim = await claimOf([served({ nonce: 1 })]);
    assert.equal(code(submit(hostIn(2), claim, account('nobody'))), 'NOT_SERVING');
    assert.equal(code(submit(hostIn(2), claim, account('retired'))), 'NOT_SERVING');
    assert.equal(code(submit(hostIn(2), claim, account('elsewhere'))), 'NOT_BOUND');
  });

  it('with an attached value', async () => {
    const world = { ...(await import('./support.ts')).world(), balances: [{ account: server, amount: 5n }] };
    const host = hostIn(2, world);
    assert.equal(code(submit(host, await claimOf([served({ nonce: 1 })]), server, 5n)), 'VALUE_REFUSED');
    assert.equal(host.books.free(server), 5n);
  });
});
