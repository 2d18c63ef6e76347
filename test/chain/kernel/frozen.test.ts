import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  accountKey,
  blockHash,
  genesisHash,
  hashOf,
  KERNEL_EVENTS,
  LinkTerms,
  linkKey,
  makeHeader,
  moduleKey,
  reserveKey,
  sha256,
  transactionHash,
} from '../../../chain/index.ts';
import { toHex } from '../../../consensus/interface/index.ts';
import { linkTerms, onModule, registerModule, transfer } from '../../support/calls.ts';
import { accountOf, createTestChain, GENESIS_TIME, VALIDATOR } from '../../support/chain.ts';

/**
 * What a short history gives, frozen: a change here is a change of state, fees or hashes, so old chains and new nodes
 * would no longer agree. Make one on purpose, then write the table anew with
 * `UPDATE_FORMATS=1 npx mocha test/chain/kernel/frozen.test.ts`.
 */
const TABLE = new URL('../../vectors/kernel.json', import.meta.url);
const HELP =
  'this breaks old chains; if that is wanted, run it with UPDATE_FORMATS=1 and raise PROTOCOL_VERSION (docs/protocol/network.md)';

const alice = accountOf('Alice');
const bob = accountOf('Bob');

/** One block with most kinds of calls, and the first block of the next epoch. */
function shortHistory(): Record<string, string> {
  const chain = createTestChain();
  const parent = { hash: genesisHash(chain.genesis), height: 0, time: GENESIS_TIME };
  const genesisRoot = chain.state.root;
  const terms = linkTerms(0, 1);
  const transactions = [
    chain.transaction('Alice', registerModule('router')),
    chain.transaction('Bob', registerModule('worker')),
    chain.transaction('Alice', { kind: 'proposeLink', terms, expires: 3 }, { nonce: 1 }),
    chain.transaction(
      'Bob',
      { kind: 'acceptLink', parent: 0, child: 1, termsHash: hashOf(LinkTerms, terms) },
      { nonce: 1 },
    ),
    chain.transaction('Alice', { kind: 'stake', target: onModule(1), amount: 7n }, { nonce: 2 }),
    chain.transaction('Alice', { kind: 'reserve', consensus: 0, server: bob, amount: 9n }, { nonce: 3 }),
    chain.transaction('Alice', { kind: 'thaw', consensus: 0, server: bob, amount: 4n }, { nonce: 4 }),
    chain.transaction('Bob', transfer(alice, 2n ** 64n - 1n), { nonce: 2 }),
  ];
  const execution = chain.block(transactions);
  const proposer = accountOf(VALIDATOR);
  const header = makeHeader(
    parent,
    { height: 1, time: GENESIS_TIME + 1000, proposer, evidence: [], transactions },
    execution,
    null,
  );
  const [first] = transactions;
  assert.ok(first);
  return {
    genesis: parent.hash,
    genesisRoot,
    firstTransaction: transactionHash(first.encoded),
    block: blockHash(header),
    eventsRoot: header.eventsRoot,
    stateRoot: header.stateRoot,
    outcomes: String(execution.outcomes.transactions.map(({ failure }) => failure?.code ?? 'ok')),
    fees: String(execution.outcomes.transactions.map(({ fee }) => fee)),
    nextEpochRoot: chain.nextEpoch().state.root,
  };
}

const current = (): Record<string, string> => ({
  ...shortHistory(),
  accountKey: toHex(accountKey(alice)),
  moduleKey: toHex(moduleKey(1)),
  linkKey: toHex(linkKey(1, 2)),
  reserveKey: toHex(reserveKey(0, alice, bob)),
  ...Object.fromEntries(
    Object.entries(KERNEL_EVENTS).map(([name, { schema }]) => [
      `event ${name}`,
      sha256(Buffer.from(JSON.stringify(schema))),
    ]),
  ),
});

describe('the kernel', () => {
  it('gives the frozen hashes', () => {
    const hashes = current();
    if (process.env.UPDATE_FORMATS === '1') writeFileSync(TABLE, `${JSON.stringify(hashes, null, 2)}\n`);
    assert.deepEqual(hashes, JSON.parse(readFileSync(TABLE, 'utf8')), HELP);
  });
});
