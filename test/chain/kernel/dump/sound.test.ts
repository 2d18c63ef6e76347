import assert from 'node:assert/strict';
import { type DumpRow, decodeDump, TOKEN } from '../../../../chain/index.ts';
import { termsHash } from '../../../../chain/kernel/calls/proposeLink.ts';
import * as tables from '../../../../chain/kernel/tables.ts';
import { type Codec, decode, encode } from '../../../../consensus/interface/index.ts';
import { linkTerms, onModule, registerModule } from '../../../support/calls.ts';
import { accountOf, createTestChain, type TestChain } from '../../../support/chain.ts';
import { dumpOf, load, resealed } from './support.ts';

const bob = accountOf('Bob');

/** Two linked modules, a past link, a proposal, escrow, and stake that thaws. */
function lived(): TestChain {
  const chain = createTestChain();
  for (const name of ['Alice', 'Bob']) chain.ok(name, registerModule(name.toLowerCase()));
  for (const shareBps of [1_000, 2_000]) {
    const terms = linkTerms(0, 1, { shareBps });
    chain.ok('Alice', { kind: 'proposeLink', terms, expires: 9 });
    chain.ok('Bob', { kind: 'acceptLink', parent: 0, child: 1, termsHash: termsHash(terms) });
    chain.nextEpoch();
  }
  chain.ok('Alice', { kind: 'proposeLink', terms: linkTerms(0, 1, { shareBps: 3_000 }), expires: 9 });
  chain.ok('Alice', { kind: 'reserve', consensus: 0, server: bob, amount: TOKEN });
  chain.ok('Alice', { kind: 'stake', target: onModule(1), amount: 3n * TOKEN });
  chain.ok('Alice', { kind: 'unstake', target: onModule(1), amount: TOKEN });
  const content = { kind: 'text', uri: 'ipfs:plan', sha256: `0x${'22'.repeat(32)}` } as const;
  chain.ok('Bob', { kind: 'propose', title: 'a plan', content });
  return chain;
}

/** What a row becomes, under a key that becomes something as well. */
interface Changed<Row> {
  readonly value?: (row: Row) => Row;
  readonly key?: (key: Uint8Array) => Uint8Array;
}

/** A table, as far as it matters here. */
interface Rows<Row> {
  readonly id: number;
  readonly codec: Codec<Row>;
}

type Change = (rows: readonly DumpRow[]) => readonly DumpRow[];

/** Changes the first row of a table. */
const inFirst =
  <Row>({ id, codec }: Rows<Row>, { value, key }: Changed<Row>): Change =>
  rows => {
    const at = rows.findIndex(row => row.key[0] === id);
    const row = rows[at] ?? assert.fail(`no row of table ${id}`);
    const changed = {
      key: key?.(row.key.slice()) ?? row.key,
      value: value === undefined ? row.value : encode(codec, value(decode(codec, row.value))),
    };
    return rows.with(at, changed);
  };

const put =
  (key: Uint8Array, value: Uint8Array): Change =>
  rows => [...rows.filter(row => Buffer.compare(row.key, key) !== 0), { key, value }];
const without =
  ({ id }: { readonly id: number }): Change =>
  rows =>
    rows.filter(({ key }) => key[0] !== id);
const lastByte = (key: Uint8Array): Uint8Array => key.with(-1, 9);
const changed = <Row>(table: Rows<Row>, value: (row: Row) => Row): Change => inFirst(table, { value });
const moved = <Row>(table: Rows<Row>): Change => inFirst(table, { key: lastByte });

/** Under a consensus id that nobody has. */
const otherConsensus = <Row>(table: Rows<Row>): Change => inFirst(table, { key: key => key.with(4, 9) });

/** What is done to the rows, and what is said of it. */
const BROKEN: readonly (readonly [what: string, change: Change, said: RegExp])[] = [
  [
    'a table of the validators',
    put(tables.validatorSets.key(0), encode(tables.validatorSets.codec, [])),
    /no part of a dump/,
  ],
  ['a table that nobody knows', put(Uint8Array.of(0xee), new Uint8Array()), /no part of a dump/],
  ['a key that is too long', put(Uint8Array.of(0x60, 0), new Uint8Array()), /a key of table/],
  ['a storage key without a consensus id', put(Uint8Array.of(0x51, 0), new Uint8Array()), /a key of table/],
  ['a row that does not decode', put(tables.epochs.key(), Uint8Array.of(0x90)), /does not decode/],
  ['no epoch', without(tables.epochs), /no epoch/],
  ['no supply', without(tables.supplies), /or no supply/],
  ['no parameters', without(tables.parameters), /no parameters/],
  ['an epoch without an end', changed(tables.epochs, epoch => ({ ...epoch, length: 0 })), /epochLength is 0/],
  [
    'rules that cannot be',
    changed(tables.parameters, each => ({ ...each, graceEpochs: 61 })),
    /graceEpochs is 61/,
  ],
  [
    'an epoch beyond counting',
    changed(tables.epochs, epoch => ({ ...epoch, number: 2 ** 32 })),
    /its height or its epoch/,
  ],
  ['an epoch to come', changed(tables.epochs, epoch => ({ ...epoch, startHeight: 99_999 })), /begins after/],
  [
    'an epoch that began later',
    changed(tables.epochs, epoch => ({ ...epoch, startTime: 2 ** 50 })),
    /begins later/,
  ],
  [
    'a nonce that cannot grow',
    changed(tables.accounts, each => ({ ...each, nonce: Number.MAX_SAFE_INTEGER })),
    /the nonce of/,
  ],
  [
    'money from nowhere',
    changed(tables.accounts, each => ({ ...each, free: each.free + 1n })),
    /not its supply/,
  ],
  ['a consensus module of another id', moved(tables.consensusEntries), /under the key of another|unknown/],
  [
    'code before its time',
    changed(tables.consensusEntries, each => ({ ...each, activationEpoch: 99 })),
    /before its time/,
  ],
  [
    'a close of an epoch to come',
    changed(tables.consensusEntries, each => ({ ...each, closing: [99] })),
    /unfinished closes/,
  ],
  [
    'closes out of order',
    changed(tables.consensusEntries, each => ({ ...each, closing: [1, 0] })),
    /unfinished closes/,
  ],
  ['escrow under nothing', otherConsensus(tables.reserves), /a reserve under unknown/],
  [
    'storage of nothing',
    put(tables.storageKey(9, new Uint8Array()), new Uint8Array()),
    /storage of unknown 9/,
  ],
  ['a module of another id', moved(tables.modules), /under the key of another/],
  [
    'a module without terms',
    changed(tables.modules, each => ({ ...each, bindings: [] })),
    /the terms of module/,
  ],
  [
    'prices of epochs to come',
    changed(tables.modules, each => ({ ...each, prices: [{ fromEpoch: 99, prices: [] }] })),
    /the terms of module/,
  ],
  [
    'an alias that moves the cursor',
    changed(tables.modules, each => ({ ...each, alias: 'a\u001b[2J' })),
    /is no alias/,
  ],
  [
    'an alias of a link that moves the cursor',
    changed(tables.links, each => ({ ...each, terms: { ...each.terms, alias: 'a\u001b[2J' } })),
    /is no alias/,
  ],
  ['a URL of nothing', changed(tables.modules, each => ({ ...each, url: 'javascript:0' })), /no address/],
  [
    'a module that nothing settles',
    changed(tables.modules, each => ({ ...each, bindings: [{ fromEpoch: 0, consensus: 9 }] })),
    /no consensus module 9/,
  ],
  [
    'a title without characters',
    changed(tables.govProposals, each => ({ ...each, title: '\u200b' })),
    /the title/,
  ],
  [
    'an alias that two have',
    changed(tables.modules, each => ({ ...each, alias: 'bob' })),
    /not indexed|aliases/,
  ],
  [
    'an id that is taken',
    put(tables.nextModule.key(), encode(tables.nextModule.codec, 1)),
    /id of the next module/,
  ],
  [
    'no id that is left',
    put(tables.nextModule.key(), encode(tables.nextModule.codec, 0xffff_ffff)),
    /id of the next module/,
  ],
  [
    'no id of a proposal that is left',
    put(tables.nextGovProposal.key(), encode(tables.nextGovProposal.codec, 0xffff_ffff)),
    /id of the next proposal/,
  ],
  ['a link of others', moved(tables.links), /under the key of another/],
  [
    'a link that never held',
    changed(tables.links, each => ({ ...each, untilEpoch: each.fromEpoch })),
    /the epochs of/,
  ],
  ['a link to come', changed(tables.links, each => ({ ...each, fromEpoch: 99 })), /the epochs of/],
  [
    'a past link that goes on',
    changed(tables.pastLinks, each => ({ ...each, untilEpoch: null })),
    /not past|under the key/,
  ],
  ['a past link of another epoch', moved(tables.pastLinks), /under the key of another/],
  ['a proposal of others', moved(tables.proposals), /a proposal of/],
  [
    'a proposal without end',
    changed(tables.proposals, each => ({ ...each, expires: 2 ** 50 })),
    /when the proposal/,
  ],
  ['stake on nothing', inFirst(tables.stakes, { key: key => key.with(1, 7) }), /on nothing that there is/],
  ['stake without a total', without(tables.stakeTotals), /no total of the stake/],
  ['a total that is none', changed(tables.stakeTotals, each => ({ ...each, amount: 1n })), /does not add up/],
  [
    'a total of an epoch to come',
    changed(tables.stakeTotals, each => ({ ...each, epoch: 99 })),
    /epoch to come/,
  ],
  [
    'stake that thaws for ever',
    changed(tables.stakes, each => ({
      ...each,
      thawing: each.thawing.map(one => ({ ...one, epoch: 2 ** 50 })),
    })),
    /thawing stake/,
  ],
  ['a proposal of another id', moved(tables.govProposals), /under the key of another/],
  ['a proposal to come', changed(tables.govProposals, each => ({ ...each, epoch: 99 })), /epoch to come/],
  ['a tally of nothing', moved(tables.govTallies), /a tally of unknown/],
];

describe('a dump whose rows cannot be those of a chain', () => {
  const bytes = dumpOf(lived());

  it('would load as it is', () => {
    assert.equal(load(createTestChain(), bytes).failure, null);
    assert.ok(decodeDump(bytes).rows.length > 20);
  });

  for (const [what, change, said] of BROKEN)
    it(`has ${what}`, () => {
      const { failure } = load(createTestChain(), resealed(bytes, change));
      assert.equal(failure?.code, 'DUMP_BROKEN', failure?.message ?? 'it was loaded');
      assert.match(failure.message, said);
    });
});
