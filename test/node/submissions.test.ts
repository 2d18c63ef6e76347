import assert from 'node:assert/strict';
import { sha256 } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import { createNodeApi, type NodeParts } from '../../node/nodeApi.ts';
import { PoolError } from '../../node/pool/errors.ts';
import { createSubmissions, type SubmissionRows, type Submissions } from '../../node/pool/submissions.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { alice, bob, signed, testGenesis, transfer, withCluster, withDirectory } from './support/cluster.ts';
import { silentLog } from './support/log.ts';
import { openSolo, type Solo } from './support/solo.ts';

const quick = fastSigner('submits a lot');

/** What clients submit to a process. */
interface Life {
  readonly solo: Solo;
  readonly submissions: Submissions;
  submit(encoded: Uint8Array): Promise<Hex>;
  /** The process is gone: nothing in memory is left. */
  die(): Promise<void>;
}

async function live(directory: string, rows?: SubmissionRows): Promise<Life> {
  const solo = await openSolo(directory, testGenesis({ accounts: [quick] }));
  const { store, pool, application } = solo;
  const isFinal = (hash: Hex): boolean => store.transaction(hash) !== null;
  const submissions = createSubmissions({ rows: rows ?? store.submissions(), pool, isFinal, log: silentLog });
  application.onCommit(({ transactionHashes }) => submissions.committed(transactionHashes));
  await submissions.restore();
  return {
    solo,
    submissions,
    async submit(encoded) {
      const hash = await pool.add(encoded, true);
      await submissions.keep(hash, encoded);
      return hash;
    },
    async die() {
      await submissions.close();
      await store.close();
    },
  };
}

/** Numbers of the rows on disk. */
const rowsOf = async ({ solo }: Life): Promise<number[]> =>
  (await solo.store.submissions().load()).map(([sequence]) => sequence);

describe('accepted transactions', () => {
  it('outlive the process, in order of arrival, and are forgotten when they are final', () =>
    withDirectory(async directory => {
      const first = await live(directory);
      const sent = [1, 0, 2].map(nonce => signed(alice, nonce, transfer(bob)));
      const hashes = await Promise.all(sent.map(encoded => first.submit(encoded)));
      await first.die();

      const second = await live(directory);
      assert.deepEqual(second.solo.pool.ownPending(1e6).map(sha256), hashes);
      await second.solo.advance();
      assert.ok(hashes.every(hash => second.solo.store.transaction(hash) !== null));
      assert.equal(second.submissions.size, 0);
      await second.die();

      const third = await live(directory);
      assert.deepEqual(await rowsOf(third), []);
      assert.equal(third.solo.pool.size, 0);
      await third.die();
    }));

  it('that a block took while the process was away are not taken twice', () =>
    withDirectory(async directory => {
      const encoded = signed(alice, 0, transfer(bob));
      const kept = new Map([[0, encoded]]);
      const stuck: SubmissionRows = { load: async () => [...kept], write: async () => undefined };
      const first = await live(directory);
      await first.submit(encoded);
      await first.solo.advance();
      await first.die();

      // As if the process had died between the block and the removal of the row.
      const second = await live(directory, stuck);
      assert.deepEqual([second.submissions.size, second.solo.pool.size], [0, 0]);
      assert.equal(second.solo.pool.dropped(sha256(encoded)), undefined);
      await second.die();
    }));

  it('that can no longer stand in a block are dropped with a reason that can be asked for', () =>
    withDirectory(async directory => {
      const rivals = [signed(alice, 0, transfer(bob)), signed(alice, 0, transfer(bob, 2n))];
      const [loser = new Uint8Array(), winner = new Uint8Array()] = rivals;
      const first = await live(directory);
      await first.solo.pool.add(winner, false);
      await first.solo.advance();
      await first.die();

      const removed: number[] = [];
      const rows: SubmissionRows = {
        load: async () => [[7, loser]],
        write: async (_, gone) => void removed.push(...gone),
      };
      const second = await live(directory, rows);
      assert.equal(second.solo.pool.dropped(sha256(loser))?.code, 'NONCE_USED');
      await second.die();
      assert.deepEqual(removed, [7]);
    }));

  it('that found no room after a restart are tried again after each block', () =>
    withDirectory(async directory => {
      // More than a sender may have waiting behind a missing nonce.
      const early = Array.from({ length: 1_030 }, (_, at) => signed(quick, at + 1, transfer(bob)));
      const rows: SubmissionRows = {
        load: async () => early.map((encoded, at) => [at, encoded] as const),
        write: async () => undefined,
      };
      const { solo, submissions, submit, die } = await live(directory, rows);
      assert.equal(solo.pool.size, 1_024);
      assert.equal(submissions.size, 1_030);
      await submit(signed(quick, 0, transfer(bob)));
      for (let block = 0; block < 20 && submissions.size > 0; block++) await solo.advance();
      assert.equal(submissions.size, 0);
      assert.ok(early.every(encoded => solo.store.transaction(sha256(encoded)) !== null));
      await die();
    }));

  it('are answered only when they are written, and those of one moment share a write', () =>
    withDirectory(async directory => {
      const writes: number[] = [];
      let release: () => void = () => undefined;
      const rows: SubmissionRows = {
        load: async () => [],
        write(added) {
          writes.push(added.size);
          return new Promise(resolve => {
            release = resolve;
          });
        },
      };
      const { submit, die } = await live(directory, rows);
      const answered: number[] = [];
      const answers = [0, 1, 2, 3].map(nonce =>
        submit(signed(alice, nonce, transfer(bob))).then(() => answered.push(nonce)),
      );
      while (writes.length === 0) await new Promise(resolve => setImmediate(resolve));
      assert.deepEqual(answered, []);
      while (answered.length < 4) {
        release();
        await new Promise(resolve => setImmediate(resolve));
      }
      await Promise.all(answers);
      assert.ok(writes.length <= 2, `${writes.length} writes`);
      await die();
    }));

  it('that become final while they are checked are accepted, not refused for their nonce', async () => {
    const encoded = signed(alice, 0, transfer(bob));
    const final = { height: 3, index: 0 };
    const places = [null, final];
    const used = new PoolError('NONCE_USED', 'the nonce is used', 'read the nonce', true);
    const parts = {
      checking: { runner: { mechanisms: new Map() } },
      store: { transaction: () => places.shift() ?? null },
      pool: { add: () => Promise.reject(used) },
    };
    const api = createNodeApi(parts as unknown as NodeParts);
    assert.equal(await api.submit(encoded), sha256(encoded));
    // One that stands in no block is refused.
    await assert.rejects(api.submit(encoded), { code: 'NONCE_USED' });
  });

  it('are in a block after all nodes have stopped at once, though no peer ever had them', () =>
    withCluster({ validators: 4, blockMode: { kind: 'manual' } }, async cluster => {
      const all = [0, 1, 2, 3];
      for (const index of all) await cluster.start(index);
      cluster.hub.partition(['node-0'], ['node-1', 'node-2', 'node-3']);
      const hash = await cluster.node(0).submit(signed(alice, 0, transfer(bob)));
      await Promise.all(all.map(cluster.stop));
      cluster.hub.partition(['node-0', 'node-1', 'node-2', 'node-3']);
      for (const index of all) await cluster.start(index);
      assert.equal((await cluster.node(0).transaction(hash)).status, 'pending');
      await cluster.node(0).dev?.mine(4);
      assert.equal((await cluster.node(0).transaction(hash)).status, 'final');
    }));
});
