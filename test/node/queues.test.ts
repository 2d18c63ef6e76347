import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CheckedTransaction, sha256 } from '../../chain/index.ts';
import { PoolError } from '../../node/pool/errors.ts';
import { type Entry, Queues } from '../../node/pool/queues.ts';

const account = (index: number): `0x${string}` => `0x${index.toString(16).padStart(64, '0')}`;
const LIMITS = { transactions: 1000, bytes: 100_000, perSender: 100, gapsPerSender: 10, gaps: 20 };

function entry(sender: number, nonce: number, feeLimit = 100n, bytes = 10): Entry {
  const hash = sha256(new TextEncoder().encode(`${sender} ${nonce} ${feeLimit} ${bytes}`));
  const checked = {
    hash,
    encoded: new Uint8Array(bytes),
    transaction: {
      chainId: 'test',
      sender: account(sender),
      nonce,
      feeLimit,
      expiry: null,
      call: { kind: 'transfer', to: account(99), amount: 1n },
    },
    authentic: true,
    verified: [],
  } as unknown as CheckedTransaction;
  return { checked, own: true, arrived: nonce };
}

const refused = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof PoolError) return `${error.code} ${error.final ? 'never' : 'not now'}`;
    throw error;
  }
  return 'accepted';
};
const order = (queues: Queues, maxBytes = 1e9): [number, number][] =>
  queues.candidates(maxBytes).map(({ transaction }) => [Number(transaction.sender), transaction.nonce]);

describe('pool queues', () => {
  it('offers transactions in order of arrival, each sender’s in order of nonce', () => {
    const queues = new Queues(LIMITS);
    for (const [sender, nonce] of [
      [1, 1],
      [2, 0],
      [1, 0],
      [3, 5],
      [2, 1],
      [1, 2],
    ] as const)
      queues.add(entry(sender, nonce), sender === 3 ? 4 : 0);
    assert.deepEqual(order(queues), [
      [2, 0],
      [1, 0],
      [1, 1],
      [1, 2],
      [2, 1],
    ]);
    assert.deepEqual(order(queues, 25), [
      [2, 0],
      [1, 0],
    ]);
    assert.equal(queues.ready, 5);
    assert.equal(queues.nextNonce(account(1), 0), 3);
    assert.equal(queues.nextNonce(account(3), 4), 4);
    assert.equal(queues.nextNonce(account(7), 9), 9);
  });

  it('refuses with the reason, and says whether later is worth trying', () => {
    const queues = new Queues({ transactions: 6, bytes: 100, perSender: 4, gapsPerSender: 2, gaps: 3 });
    queues.add(entry(1, 0), 0);
    assert.equal(
      refused(() => queues.add(entry(1, 0, 109n), 0)),
      'NONCE_TAKEN never',
    );
    queues.add(entry(1, 2), 0);
    queues.add(entry(1, 3), 0);
    assert.equal(
      refused(() => queues.add(entry(1, 4), 0)),
      'GAP_TOO_LARGE not now',
    );
    queues.add(entry(1, 1), 0);
    assert.equal(
      refused(() => queues.add(entry(1, 4), 0)),
      'SENDER_FULL not now',
    );
    assert.equal(queues.ready, 4);
    assert.equal(
      refused(() => queues.add(entry(2, 0, 100n, 70), 0)),
      'POOL_FULL not now',
    );
    queues.add(entry(2, 0), 0);
    queues.add(entry(3, 0), 0);
    assert.equal(
      refused(() => queues.add(entry(4, 0), 0)),
      'POOL_FULL not now',
    );
  });

  it('replaces a transaction for a tenth more', () => {
    const queues = new Queues(LIMITS);
    const old = entry(1, 0, 100n);
    queues.add(old, 0);
    queues.add(entry(1, 1), 0);
    assert.equal(queues.add(entry(1, 0, 110n), 0), old);
    assert.equal(queues.get(old.checked.hash), undefined);
    assert.equal(queues.size, 2);
    assert.equal(queues.ready, 2);
  });

  it('reports what waits too long for missing nonces', () => {
    const queues = new Queues(LIMITS);
    for (const nonce of [0, 2, 3]) queues.add(entry(1, nonce), 0);
    assert.deepEqual(
      queues.gapsBefore(3).map(({ checked }) => checked.transaction.nonce),
      [2],
    );
  });

  it('agrees with a plain model over any history', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add'), sender: fc.nat(2), nonce: fc.nat(12) }),
      fc.record({ kind: fc.constant('advance'), sender: fc.nat(2), nonce: fc.nat(12) }),
      fc.record({ kind: fc.constant('remove'), sender: fc.nat(2), nonce: fc.nat(12) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const queues = new Queues({ ...LIMITS, gapsPerSender: 100, gaps: 100 });
        const base = [0, 0, 0];
        const model = new Map<string, Entry>();
        for (const { kind, sender, nonce } of steps) {
          const from = base[sender] ?? 0;
          const key = `${sender} ${nonce}`;
          if (kind === 'add' && nonce >= from && !model.has(key)) {
            model.set(key, entry(sender, nonce));
            queues.add(entry(sender, nonce), from);
          } else if (kind === 'remove') {
            model.delete(key);
            queues.remove(entry(sender, nonce).checked.hash);
          } else if (kind === 'advance' && nonce > from) {
            base[sender] = nonce;
            queues.advance(account(sender), nonce);
            for (let at = 0; at < nonce; at++) model.delete(`${sender} ${at}`);
          }
        }
        const ready = [0, 1, 2].map(sender => {
          const own: number[] = [];
          for (let nonce = base[sender] ?? 0; model.has(`${sender} ${nonce}`); nonce++) own.push(nonce);
          return own;
        });
        const offered = order(queues);
        for (const [sender, nonces] of ready.entries()) {
          assert.deepEqual(
            offered.filter(([of]) => of === sender).map(([, nonce]) => nonce),
            nonces,
          );
          const next = (base[sender] ?? 0) + nonces.length;
          assert.equal(queues.nextNonce(account(sender), base[sender] ?? 0), next);
        }
        assert.equal(queues.size, model.size);
        assert.equal(queues.bytes, model.size * 10);
        assert.equal(queues.ready, ready.flat().length);
      }),
    );
  });
});
