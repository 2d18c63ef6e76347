import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  decodeDump,
  getAccount,
  getEpoch,
  getModuleByAlias,
  getReserve,
  getStake,
  linksOfParent,
  listGovProposals,
  listModules,
  TOKEN,
} from '../../../../chain/index.ts';
import { cells } from '../../../../consensus/cells/index.ts';
import { builtinGenesis, consensus0 } from '../../../../consensus/index.ts';
import { onModule, transfer } from '../../../support/calls.ts';
import { accountOf, createTestChain } from '../../../support/chain.ts';
import { load } from './support.ts';

/**
 * A file of version 1, kept as it was written: from two nodes with the demo economy, cells with a checker, escrow and stake
 * that thaw, a proposal with a result and an open one. Later versions load it as well.
 */
const FILE = new URL('../../../vectors/dump-v1.bin', import.meta.url);
const alice = accountOf('Alice');

describe('a dump of an earlier version', () => {
  it('is read, and loads into the chain of today', () => {
    const bytes = new Uint8Array(readFileSync(FILE));
    const { hash, header } = decodeDump(bytes);
    assert.equal(hash, '0x7a61aafbf516bd042475a26baf9becab19df7486b9d6f3748c0c248d98559765');
    assert.deepEqual([header.chainId, header.height], ['devnet-8c1f1936', 100]);

    const chain = createTestChain({
      mechanisms: new Map([
        [0, consensus0],
        [1, cells],
      ]),
      genesis: { consensus: builtinGenesis(['cells'], alice) },
    });
    const { failure } = load(chain, bytes);
    assert.equal(failure, null, failure?.message);
    const { state } = chain;
    assert.equal(getEpoch(state).number, 21);
    assert.deepEqual(
      listModules(state).map(({ alias }) => alias),
      ['router', 'replica-1', 'replica-2', 'lab', 'writer-1', 'writer-2', 'writer-3'],
    );
    assert.equal(linksOfParent(state, 0).length, 3);
    assert.deepEqual(getAccount(state, alice), { nonce: 6, free: 9_884_835_495_630n });
    assert.deepEqual(getStake(state, alice, onModule(0)), {
      amount: 3n * TOKEN,
      thawing: [{ amount: 2n * TOKEN, epoch: 23 }],
    });
    const router = getModuleByAlias(state, 'router')?.account ?? assert.fail();
    assert.ok((getReserve(state, 0, alice, router)?.amount ?? 0n) > 0n);
    assert.equal(listGovProposals(state).filter(({ result }) => result !== null).length, 1);

    chain.ok('Alice', transfer(accountOf('Bob')));
    chain.nextEpoch(3);
    chain.ok('Alice', { kind: 'withdrawStake', target: onModule(0) });
  });
});
