import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Level } from 'level';
import { getValidators } from '../../chain/index.ts';
import { NodeError } from '../../node/errors.ts';
import { numberBytes, STORE_VERSION, stateKey, VERSION_KEY } from '../../node/store/keys.ts';
import { alice, bob, signed, testGenesis, transfer, withDirectory } from './support/cluster.ts';
import { openSolo } from './support/solo.ts';

/** Opens the store without the node's checks, to damage it. */
async function withRows(
  directory: string,
  run: (rows: Level<Uint8Array, Uint8Array>) => Promise<void>,
): Promise<void> {
  const rows = new Level<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' });
  await run(rows);
  await rows.close();
}

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(error instanceof NodeError, String(error));
  assert.equal(error.code, code);
  assert.ok(error.hint.length > 0);
  return true;
};

describe('the store', () => {
  it('gives back all of a block after it was closed', () =>
    withDirectory(async directory => {
      const before = await openSolo(directory);
      const hash = await before.pool.add(signed(alice, 0, transfer(bob)), true);
      const blocks = [await before.advance(), await before.advance()];
      const stored = await before.store.block(1);
      await before.store.records('instant').save(Uint8Array.of(1, 2, 3));
      await before.store.close();

      const { store, application } = await openSolo(directory);
      assert.equal(store.height(), 2);
      assert.deepEqual(application.tip().head, before.application.tip().head);
      assert.equal(application.tip().state.root, blocks[1]?.header.stateRoot);
      assert.deepEqual(await store.block(1), stored);
      assert.deepEqual(stored?.transactionHashes, [hash]);
      assert.deepEqual(await store.block(stored?.hash ?? 0), stored);
      assert.deepEqual((await store.decided(2))?.block, blocks[1]);
      assert.equal(await store.decided(3), null);
      assert.deepEqual(store.transaction(hash), { height: 1, index: 0 });
      assert.equal(store.transaction(`0x${'00'.repeat(32)}`), null);
      assert.deepEqual(store.validatorsAt(1), getValidators(application.tip().state));
      assert.deepEqual([...((await store.records('instant').load()) ?? [])], [1, 2, 3]);
      assert.equal(await store.records('tendermint').load(), null);
      await store.close();
    }));

  it('keeps the state of a chain that has no block yet', () =>
    withDirectory(async directory => {
      const { store, application } = await openSolo(directory);
      const { root } = application.tip().state;
      await store.close();
      const again = await openSolo(directory);
      assert.equal(again.application.tip().state.root, root);
      assert.equal((await again.store.stateRows()).length, again.application.tip().state.size);
      assert.equal(await again.store.records('instant').load(), null);
      await again.store.close();
    }));

  it('belongs to one chain', () =>
    withDirectory(async directory => {
      await (await openSolo(directory)).store.close();
      await assert.rejects(
        openSolo(directory, testGenesis({ epochLength: 3 })),
        refusedWith('OTHER_GENESIS'),
      );
    }));

  it('belongs to one process', () =>
    withDirectory(async directory => {
      const { store } = await openSolo(directory);
      await assert.rejects(openSolo(directory), refusedWith('DIRECTORY_IN_USE'));
      await store.close();
    }));

  it('refuses a layout that it does not know', () =>
    withDirectory(async directory => {
      await (await openSolo(directory)).store.close();
      await withRows(directory, rows => rows.put(VERSION_KEY, numberBytes(STORE_VERSION + 1)));
      await assert.rejects(openSolo(directory), refusedWith('STORE_VERSION'));
    }));

  it('notices a state that is not the one of its last block', () =>
    withDirectory(async directory => {
      const { store, advance } = await openSolo(directory);
      await advance();
      await store.close();
      await withRows(directory, rows => rows.put(stateKey(0, Uint8Array.of(1)), Uint8Array.of(1)));
      await assert.rejects(openSolo(directory), refusedWith('STATE_MISMATCH'));
    }));

  it('says when a directory cannot be used', () =>
    withDirectory(async directory => {
      await (await openSolo(join(directory, 'store'))).store.close();
      await assert.rejects(
        openSolo(join(directory, 'store', 'CURRENT')),
        refusedWith('DIRECTORY_UNREADABLE'),
      );
    }));
});
