import assert from 'node:assert/strict';
import {
  type Block,
  commitHash,
  getAccount,
  keyPairFromUri,
  TOKEN,
  transactionsRoot,
} from '../../chain/index.ts';
import { alice, bob, signed, transfer } from './support/cluster.ts';
import { certify, type Solo, withSolo } from './support/solo.ts';

const ZERO = `0x${'00'.repeat(32)}` as const;

/** A validator that has not seen the transactions or the proposal before. */
const judgedBy = async (other: Solo, block: Block): Promise<string> => {
  const verdict = await other.application.processProposal(block);
  return verdict.ok ? 'ok' : verdict.code;
};

const withTransactions = (block: Block, transactions: readonly Uint8Array[]): Block => ({
  ...block,
  transactions,
  header: { ...block.header, transactionsRoot: transactionsRoot(transactions) },
});

/** The certificate of the parent with a signature of somebody else. */
function withForgedCommit(block: Block): Block {
  assert.ok(block.lastCommit);
  const signatures = block.lastCommit.signatures.map(({ validator }) => ({
    validator,
    signature: keyPairFromUri('//Mallory', 'ed25519').sign(new Uint8Array()),
  }));
  const lastCommit = { ...block.lastCommit, signatures };
  return { ...block, lastCommit, header: { ...block.header, lastCommitHash: commitHash(lastCommit) } };
}

describe('the application', () => {
  it('makes blocks that another node accepts, with the same state', () =>
    withSolo(maker =>
      withSolo(async other => {
        await maker.pool.add(signed(alice, 0, transfer(bob, TOKEN)), true);
        for (let height = 1; height <= 3; height++) {
          const block = await maker.propose();
          assert.equal(await judgedBy(other, block), 'ok');
          for (const { application } of [maker, other]) {
            await application.finalizeBlock(block, certify(block));
            await application.commit();
          }
        }
        assert.equal(other.application.tip().hash, maker.application.tip().hash);
        assert.equal(getAccount(other.application.tip().state, bob.account).free, 1001n * TOKEN);
      }),
    ));

  it('refuses a block for whatever is wrong with it', () =>
    withSolo(maker =>
      withSolo(async other => {
        const first = await maker.advance();
        await other.application.finalizeBlock(first, certify(first));
        await other.application.commit();
        await maker.pool.add(signed(alice, 0, transfer(bob)), true);
        const good = await maker.propose();

        const wrong = async (code: string, block: Block) => assert.equal(await judgedBy(other, block), code);
        const header = (change: Partial<Block['header']>): Block => ({
          ...good,
          header: { ...good.header, ...change },
        });
        await wrong('WRONG_HEIGHT', header({ height: 3 }));
        await wrong('WRONG_CHAIN', header({ chainId: 'other' }));
        await wrong('WRONG_PARENT', header({ parentHash: ZERO }));
        await wrong('WRONG_TIME', header({ time: first.header.time }));
        await wrong('WRONG_TIME', header({ time: other.time + 11_000 }));
        await wrong('WRONG_EPOCH', header({ epoch: 1 }));
        await wrong('WRONG_PROPOSER', header({ proposer: alice.account }));
        await wrong('WRONG_VALIDATORS', header({ validatorsHash: ZERO }));
        await wrong('WRONG_STATE_ROOT', header({ stateRoot: ZERO }));
        await wrong('WRONG_EVENTS_ROOT', header({ eventsRoot: ZERO }));
        await wrong('WRONG_TRANSACTIONS_ROOT', { ...good, transactions: [] });
        await wrong('WRONG_LAST_COMMIT', { ...good, lastCommit: null });
        await wrong('BAD_TRANSACTION', withTransactions(good, [Uint8Array.of(1, 2, 3)]));
        await wrong('BAD_TRANSACTION', withTransactions(good, [signed(alice, 7, transfer(bob))]));
        await wrong('WRONG_LAST_COMMIT', withForgedCommit(good));
        await wrong('ok', good);
        // The header was executed, but these are not its transactions.
        await wrong('WRONG_TRANSACTIONS_ROOT', { ...good, transactions: [] });
      }),
    ));

  it('tells of a block after it is on disk, and outlives a listener that fails', () =>
    withSolo(async solo => {
      const heard: number[] = [];
      solo.application.onCommit(() => {
        throw new Error('this listener always fails');
      });
      const stop = solo.application.onCommit(({ block }) => {
        assert.equal(solo.store.height(), block.header.height);
        heard.push(block.header.height);
      });
      await solo.advance();
      await solo.advance();
      stop();
      await solo.advance();
      assert.deepEqual(heard, [1, 2]);
    }));

  it('knows the validators of every height up to the next', () =>
    withSolo(async solo => {
      for (let height = 1; height <= 3; height++) await solo.advance();
      const expected = [{ validator: solo.proposer, power: 100 }];
      for (let height = 1; height <= 4; height++)
        assert.deepEqual(solo.application.validators(height), expected, `height ${height}`);
      assert.throws(() => solo.application.validators(5), RangeError);
    }));
});
