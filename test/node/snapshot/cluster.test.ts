import assert from 'node:assert/strict';
import { accountKey, getAccount, keyPairFromUri, verifyProof } from '../../../chain/index.ts';
import {
  alice,
  blockWhere,
  bob,
  signed,
  transfer,
  untilFinal,
  untilHeight,
  validatorUri,
  withCluster,
} from '../support/cluster.ts';

/** Heights that the others are ahead of the one who comes late. */
const LATE = 300;

describe('nodes that come late', function () {
  this.timeout(120_000);

  it('take a snapshot, prove what they answer, and say what they do not know', () =>
    withCluster(
      {
        validators: 2,
        epochLength: 25,
        blockMode: { kind: 'auto', emptyMs: 10 },
        sync: { snapshot: 'auto', ahead: 100, every: 20, keep: 4 },
      },
      async cluster => {
        for (const index of [0, 1]) await cluster.start(index);
        const early = await cluster.node(0).submit(signed(alice, 0, transfer(bob, 5n)));
        await untilFinal(cluster.node(0), early);
        await untilHeight(cluster.node(0), LATE);

        const late = await cluster.start(2);
        await untilHeight(late, LATE);
        const base = late.base();
        assert.ok(base.height > 100, `it has blocks from ${base.height} on`);
        assert.equal(base.height % 20, 0);

        // The same state as the others at the same height, and proofs against certified headers.
        const height = late.head().header.height;
        const [own, theirs] = [
          await late.block(height),
          await untilHeight(cluster.node(0), height).then(() => cluster.node(0).block(height)),
        ];
        assert.equal(own?.block.header.stateRoot, theirs?.block.header.stateRoot);
        const state = late.state();
        const key = accountKey(bob.account);
        assert.equal(
          getAccount(state, bob.account).free,
          getAccount(cluster.node(0).state(), bob.account).free,
        );
        assert.ok(verifyProof(state.root, key, state.get(key) ?? null, state.prove(key)));

        // What is before the snapshot is unknown, not denied.
        assert.equal(await late.block(base.height - 1), null);
        assert.deepEqual(await late.transaction(early), { status: 'unknown', from: base.height });
        assert.equal(await late.epoch(0), null);
        assert.ok((await late.epoch(base.epoch)) !== null);

        // Who comes after that gets a snapshot from it as well.
        const last = await cluster.start(3);
        await blockWhere(last, reached => reached > height);
        assert.ok(last.base().height >= base.height);
        const hash = await last.submit(signed(alice, 1, transfer(bob, 7n)));
        assert.equal((await untilFinal(last, hash)).status, 'final');

        // A restart keeps it.
        const kept = last.base();
        await cluster.stop(3);
        const again = await cluster.start(3);
        assert.deepEqual(again.base(), kept);
        await untilHeight(again, again.head().header.height + 3);
      },
    ));

  it('vote, if they are validators', () =>
    withCluster(
      {
        validators: 4,
        blockMode: { kind: 'auto', emptyMs: 10 },
        // Without the fourth every fourth height takes a second.
        sync: { snapshot: 'auto', ahead: 12, every: 5 },
      },
      async cluster => {
        for (const index of [0, 1, 2]) await cluster.start(index);
        await untilHeight(cluster.node(0), 24);
        const late = await cluster.start(3);
        const height = await untilHeight(late, 24);
        assert.ok(late.base().height > 1);
        // The others alone have a quorum; a certificate with its vote in it shows that it takes part.
        const { account } = keyPairFromUri(validatorUri(3), 'ed25519');
        const votes = async (at: number): Promise<boolean> =>
          (await cluster.node(0).block(at))?.commit.signatures.some(
            ({ validator }) => validator === account,
          ) ?? false;
        for (let at = height + 1; !(await votes(at)); at++) await untilHeight(cluster.node(0), at + 1);
      },
    ));

  it('execute all blocks where snapshots are not wished for', () =>
    withCluster(
      {
        blockMode: { kind: 'auto', emptyMs: 10 },
        sync: { snapshot: 'never', ahead: 5, every: 10 },
      },
      async cluster => {
        await cluster.start(0);
        await untilHeight(cluster.node(0), 40);
        const late = await cluster.start(1);
        await untilHeight(late, 40);
        assert.deepEqual(late.base(), { height: 1, epoch: 0, settlementsFrom: 0 });
        assert.ok((await late.block(1)) !== null);
      },
    ));
});
