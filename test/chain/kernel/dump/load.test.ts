import assert from 'node:assert/strict';
import {
  decodeDump,
  describeRow,
  getAccount,
  getClockAhead,
  getEpoch,
  getModuleByAlias,
  getParameters,
  getStake,
  getSupply,
  getValidators,
  LIMITS,
  linksOfChild,
  listCandidates,
  listGovProposals,
  listSnapshots,
  MAX_CLOCK_AHEAD_MS,
  revertOf,
  stakesOf,
  TOKEN,
} from '../../../../chain/index.ts';
import { termsHash } from '../../../../chain/kernel/calls/proposeLink.ts';
import { sittingAt } from '../../../../chain/kernel/seats.ts';
import { ok } from '../../../../consensus/interface/index.ts';
import { linkTerms, onModule, onValidator, registerModule, transfer } from '../../../support/calls.ts';
import {
  accountOf,
  createTestChain,
  readEvents,
  type TestChain,
  type TestChainOptions,
  VALIDATOR,
} from '../../../support/chain.ts';
import { install, installationOf, ledger } from '../../../support/ledger.ts';
import { callProbe, withProbe } from '../../../support/probe.ts';
import { chainWith, first, installed, second } from '../registrySupport.ts';
import { dev, dumpedRows, dumpOf, load, nameOf, partsOf } from './support.ts';

const [alice, bob, zoe] = [accountOf('Alice'), accountOf('Bob'), accountOf('Zoe')];
const validator = accountOf(VALIDATOR);
const other = accountOf('Other');

/** Two validators, other people, other terms. */
const elsewhere = (more: TestChainOptions = {}): TestChain =>
  createTestChain({
    accounts: ['Zoe'],
    ...more,
    genesis: {
      epochLength: 7,
      unstakeEpochs: 2,
      feePerWeight: 1n,
      validators: [
        { validator, stake: 100n * TOKEN },
        { validator: other, stake: 50n * TOKEN },
      ],
      ...more.genesis,
    },
  });

/** A chain on which something of everything has happened. */
function lived(): TestChain {
  const chain = createTestChain();
  chain.ok('Alice', registerModule('top'));
  chain.ok('Bob', registerModule('below'));
  const terms = linkTerms(0, 1);
  chain.ok('Alice', { kind: 'proposeLink', terms, expires: 9 });
  chain.ok('Bob', { kind: 'acceptLink', parent: 0, child: 1, termsHash: termsHash(terms) });
  chain.ok('Alice', { kind: 'reserve', consensus: 0, server: bob, amount: 9n * TOKEN });
  chain.ok('Alice', { kind: 'stake', target: onModule(1), amount: 3n * TOKEN });
  chain.ok('Alice', { kind: 'stake', target: onValidator(validator), amount: 5n * TOKEN });
  chain.nextEpoch(4);
  chain.ok('Alice', { kind: 'unstake', target: onValidator(validator), amount: 2n * TOKEN });
  const content = { kind: 'text', uri: 'ipfs:plan', sha256: `0x${'22'.repeat(32)}` } as const;
  chain.ok('Bob', { kind: 'propose', title: 'a plan', content });
  return chain;
}

function loaded(chain: TestChain, from: TestChain): void {
  const outcome = load(chain, dumpOf(from));
  assert.equal(outcome.failure, null, outcome.failure?.message);
}

/** A load that is refused, and has changed nothing but what its transaction cost. */
function refused(chain: TestChain, bytes: Uint8Array, code: string, message = /./): void {
  const dump = nameOf(bytes);
  for (const part of partsOf(bytes, dump)) chain.ok(VALIDATOR, part);
  const copy = chain.fork();
  const { failure } = chain.submit(VALIDATOR, dev({ kind: 'load', dump }));
  assert.equal(failure?.code, code, failure?.message);
  assert.match(failure?.message ?? '', message);
  copy.submit(VALIDATOR, dev({ kind: 'load', dump: `0x${'00'.repeat(32)}` }));
  assert.equal(chain.state.root, copy.state.root);
}

describe('loading a dump', () => {
  it('gives a chain with other validators the state of people, modules and mechanisms', () => {
    const from = lived();
    const chain = elsewhere();
    chain.ok('Zoe', transfer(bob));
    const outcome = load(chain, dumpOf(from));
    const data = { dump: nameOf(dumpOf(from)), chainId: from.genesis.chainId, height: from.height };
    assert.deepEqual(readEvents(outcome.events), [{ name: 'DevLoaded', data }]);
    const tables = Array.from(chain.state.rows(), ([key]) => describeRow(key)?.table);
    assert.ok(!tables.includes('loadParts'), 'they have done their work');

    const { bond } = getParameters(from.state).governance;
    assert.deepEqual(getAccount(chain.state, alice), getAccount(from.state, alice));
    const { nonce, free } = getAccount(from.state, bob);
    assert.deepEqual(getAccount(chain.state, bob), { nonce, free: free + bond }, 'no open proposal stays');
    assert.deepEqual(listGovProposals(chain.state), []);
    assert.deepEqual(getAccount(chain.state, zoe), { nonce: 1, free: 0n }, 'nonces only grow');
    assert.deepEqual(stakesOf(chain.state, alice), stakesOf(from.state, alice));
    assert.equal(getModuleByAlias(chain.state, 'below')?.id, 1);
    assert.deepEqual(linksOfChild(chain.state, 1), linksOfChild(from.state, 1));
    const { startHeight, startTime, ...epoch } = getEpoch(chain.state);
    assert.deepEqual(
      { ...epoch, startHeight, startTime },
      { ...getEpoch(from.state), startHeight, startTime },
    );
    assert.equal(
      chain.height - startHeight,
      Math.min(chain.height - 1, from.height - getEpoch(from.state).startHeight),
    );

    // It goes on as the other would have.
    chain.nextEpoch(3);
    chain.ok('Alice', { kind: 'withdrawStake', target: onValidator(validator) });
    chain.ok('Bob', { kind: 'dissolveLink', parent: 0, child: 1 });
  });

  it('leaves who makes blocks, and what they need for that, to the chain that loads', () => {
    const chain = elsewhere();
    chain.ok(VALIDATOR, dev({ kind: 'advanceEpoch' }));
    chain.block();
    const dump = nameOf(dumpOf(lived()));
    for (const part of partsOf(dumpOf(lived()), dump)) chain.ok(VALIDATOR, part);
    const before = chain.state;
    chain.ok(VALIDATOR, dev({ kind: 'load', dump }));
    const { state, height } = chain;
    for (const ahead of [0, 1, 2] as const)
      assert.deepEqual(getValidators(state, ahead), getValidators(before, ahead));
    assert.equal(
      getAccount(state, validator).free,
      getAccount(before, validator).free,
      'the dev authority’s',
    );
    assert.deepEqual(
      [validator, other].map(id => getStake(state, id, onValidator(id))?.amount),
      [100n * TOKEN, 50n * TOKEN],
    );
    assert.deepEqual(listCandidates(state, 9), [
      { validator, stake: 103n * TOKEN },
      { validator: other, stake: 50n * TOKEN },
    ]);
    const { chainId, feePerWeight, unstakeEpochs } = getParameters(state);
    assert.deepEqual([chainId, feePerWeight, unstakeEpochs], [chain.genesis.chainId, 10n, 3]);
    // Money that came with it is declared, so that everybody can count.
    const { total, minted, burned } = getSupply(state);
    assert.equal(
      total - minted + burned,
      getSupply(before).total - getSupply(before).minted + getSupply(before).burned,
    );
    // Evidence against this chain's validators still finds who sat.
    const epoch = getEpoch(state).number;
    assert.deepEqual(sittingAt(state, height, epoch), { epoch, validators: [other, validator].sort() });
    assert.deepEqual(sittingAt(state, 1, epoch)?.epoch, epoch - 1);
    chain.nextEpoch(2);
    assert.equal(getValidators(chain.state, 2).find(({ validator: id }) => id === validator)?.power, 103);
    const marks = [1, height, height + 1].map(at => revertOf(chain.state, at));
    assert.deepEqual(marks, [height, height, undefined], 'what was before does not count');
  });

  it('leaves what the block itself did to voters and clock, and no part of the dump', () => {
    const chain = elsewhere();
    for (let blocks = 0; blocks < 60; blocks++) chain.block();
    chain.ok('Zoe', { kind: 'stake', target: onValidator(other), amount: 25n * TOKEN });
    chain.ok(VALIDATOR, dev({ kind: 'advanceEpoch' }));
    // This block elects, so the next ones rotate.
    chain.block();
    const bytes = dumpOf(lived());
    const dump = nameOf(bytes);
    const calls = [
      dev({ kind: 'increaseTime', ms: 5_000 }),
      ...partsOf(bytes, dump),
      dev({ kind: 'load', dump }),
    ];
    const { nonce } = getAccount(chain.state, validator);
    const { nextValidators, outcomes } = chain.block(
      calls.map((call, index) => chain.transaction(VALIDATOR, call, { nonce: nonce + index })),
    );
    assert.ok(outcomes.transactions.every(outcome => outcome.ok));
    assert.deepEqual(getValidators(chain.state, 1), nextValidators);
    const powers = ([0, 1, 2] as const).map(
      ahead => getValidators(chain.state, ahead).find(({ validator: id }) => id === other)?.power,
    );
    assert.deepEqual(powers, [50, 75, 75], 'as headers named them, and as this block found them');
    assert.equal(getClockAhead(chain.state), 5_000);
    const tables = Array.from(chain.state.rows(), ([key]) => describeRow(key)?.table);
    assert.ok(!tables.includes('loadParts') && !tables.includes('pendingLoads'));
  });

  it('turns stake on validators that are not here into free money', () => {
    const from = lived();
    const genesis = { validators: [{ validator: other, stake: TOKEN }] };
    const chain = elsewhere({ genesis });
    loaded(chain, from);
    assert.equal(getAccount(chain.state, alice).free, getAccount(from.state, alice).free + 5n * TOKEN);
    assert.deepEqual(listCandidates(chain.state, 9), [{ validator: other, stake: TOKEN }]);
    assert.equal(getStake(chain.state, validator, onValidator(validator)), undefined);
    chain.nextEpoch(3);
    assert.deepEqual(getValidators(chain.state, 2), [{ validator: other, power: 1 }]);
    // Also where a validator is on its way out: it is nobody to stake on any more.
    const leaving = elsewhere({ accounts: ['Other'] });
    leaving.ok('Other', { kind: 'unstake', target: onValidator(other), amount: 50n * TOKEN });
    loaded(leaving, from);
    assert.deepEqual(listCandidates(leaving.state, 9), [{ validator, stake: 103n * TOKEN }]);
    const thawing = (chain: TestChain) => getStake(chain.state, other, onValidator(other))?.thawing[0]?.epoch;
    assert.equal(thawing(leaving), leaving.epoch + 2, 'it thaws as long as it had to');
    leaving.nextEpoch(40);
    loaded(leaving, from);
    assert.equal(thawing(leaving), 0, 'there is no epoch before the first');
    assert.equal(load(leaving, dumpOf(leaving)).failure, null);
  });

  it('gives the same state back that was dumped, but for validators and the supply', () => {
    const from = lived();
    const chain = createTestChain();
    loaded(chain, from);
    const [before, after] = [from, chain].map(each => dumpedRows(decodeDump(dumpOf(each)))) as [
      Map<string, string>,
      Map<string, string>,
    ];
    const differ = [...new Set([...before.keys(), ...after.keys()])].filter(
      key => before.get(key) !== after.get(key),
    );
    const tables = new Set(differ.map(key => key.split(' ')[0]));
    assert.deepEqual([...tables].sort(), [
      'accounts',
      'epochs',
      'govProposals',
      'govTallies',
      'stakeTotals',
      'supplies',
    ]);
    assert.equal(
      differ.filter(key => key.startsWith('accounts')).length,
      2,
      'the authority, and who gets a bond back',
    );
    assert.equal(differ.filter(key => key.startsWith('stakeTotals')).length, 1, 'the snapshot of the epoch');
  });

  it('is refused where all money together would not fit', () => {
    const most = 2n ** 64n - 1n;
    const rich = createTestChain();
    rich.ok(VALIDATOR, dev({ kind: 'mint', account: alice, amount: most - getSupply(rich.state).total }));
    refused(elsewhere(), dumpOf(rich), 'SUPPLY_OVERFLOW');
    // Also on one validator: this chain's own stake and all that others had.
    const amount = rich.free('Alice') - TOKEN;
    rich.ok('Alice', { kind: 'stake', target: onValidator(validator), amount });
    const genesis = { validators: [{ validator, stake: 5_000n * TOKEN }] };
    refused(elsewhere({ genesis }), dumpOf(rich), 'SUPPLY_OVERFLOW');
  });

  it('puts the clock forward to the time of the dump, never back', () => {
    const from = lived();
    const chain = elsewhere();
    loaded(chain, from);
    assert.equal(getClockAhead(chain.state), (from.height - chain.height) * 1000);
    loaded(elsewhere(), chain);
    const late = elsewhere();
    for (let blocks = 0; blocks < 60; blocks++) late.block();
    loaded(late, from);
    assert.equal(getClockAhead(late.state), 0);
    const far = elsewhere();
    far.ok(VALIDATOR, dev({ kind: 'increaseTime', ms: MAX_CLOCK_AHEAD_MS }));
    refused(far, dumpOf(from), 'CLOCK_TOO_FAR');
  });

  it('is gone back from, as from anything else', () => {
    const chain = elsewhere();
    chain.ok('Zoe', transfer(bob, 5n));
    chain.ok(VALIDATOR, dev({ kind: 'snapshot', name: 'before' }));
    const { epoch } = chain;
    const free = chain.free('Zoe');
    loaded(chain, lived());
    const at = chain.height;
    chain.ok('Alice', transfer(zoe));
    chain.nextEpoch();
    assert.equal(listSnapshots(chain.state).length, 1);
    chain.ok(VALIDATOR, dev({ kind: 'revert', name: 'before' }));
    assert.deepEqual([chain.epoch, chain.free('Zoe'), chain.free('Alice')], [epoch, free, 0n]);
    assert.equal(getModuleByAlias(chain.state, 'top'), undefined);
    assert.deepEqual(
      [1, at].map(height => revertOf(chain.state, height)),
      [undefined, chain.height],
    );
    chain.ok('Zoe', transfer(bob));
    chain.nextEpoch(3);
  });

  it('brings what consensus modules stored, their money and their closes', () => {
    const key = Uint8Array.of(1);
    const behaviour = {
      apply: () => ok([{ op: 'put', key, value: Uint8Array.of(7) } as const]),
      closeEpoch: () => ({ ...ok([]), more: true }) as const,
    };
    const from = createTestChain(withProbe(behaviour));
    from.ok('Alice', callProbe(3n * TOKEN));
    from.nextEpoch(2);
    const chain = createTestChain(withProbe(behaviour));
    loaded(chain, from);
    const rows = dumpedRows(decodeDump(dumpOf(chain)));
    for (const [row, value] of dumpedRows(decodeDump(dumpOf(from))))
      if (/^(storage|consensusEntries) /.test(row)) assert.equal(rows.get(row), value);
    chain.nextEpoch();
    refused(
      createTestChain(withProbe({ apply: behaviour.apply })),
      dumpOf(from),
      'DUMP_BROKEN',
      /closes no epochs/,
    );
  });

  it('asks for the same consensus modules: code in force stays', () => {
    const probed = createTestChain(withProbe({}));
    refused(
      createTestChain(),
      dumpOf(probed),
      'LOAD_CODE_DIFFERS',
      /module 7 is probe@1.0.0 .* nothing here/,
    );
    refused(probed, dumpOf(createTestChain()), 'LOAD_CODE_DIFFERS', /module 7 is nothing in the dump/);
    const named = createTestChain(withProbe({}, { name: 'probe' }));
    loaded(named, createTestChain(withProbe({})));
    refused(installed(first), dumpOf(probed), 'LOAD_CODE_DIFFERS');
    const patched = ledger({ version: '1.1.0', stateVersion: 1 });
    loaded(installed(patched), installed(first));
    refused(installed(first), dumpOf(installed(patched)), 'LOAD_CODE_DIFFERS', /@1\.1\.0 .*@1\.0\.0/);
    refused(
      installed(second),
      dumpOf(installed(first)),
      'LOAD_CODE_DIFFERS',
      /state version 1\) in the dump .*state version 2/,
    );
    const waits = chainWith(first);
    waits.ok(VALIDATOR, install(installationOf(first, 9)));
    refused(waits, dumpOf(createTestChain()), 'LOAD_CODE_ANNOUNCED', /ledger/);
  });

  it('wants all parts, in order, of one dump, from the dev authority', () => {
    const chain = elsewhere();
    const bytes = dumpOf(lived());
    const dump = nameOf(bytes);
    const half = bytes.length >> 1;
    const part = (index: number, data: Uint8Array, of = dump) =>
      dev({ kind: 'loadPart', dump: of, index, data });
    const end = dev({ kind: 'load', dump });
    chain.fails('Zoe', 'NOT_DEV_AUTHORITY', part(0, bytes));
    chain.fails('Zoe', 'NOT_DEV_AUTHORITY', end);
    chain.fails(VALIDATOR, 'LOAD_INCOMPLETE', end);
    chain.fails(VALIDATOR, 'LOAD_INCOMPLETE', part(1, bytes.slice(half)));
    chain.ok(VALIDATOR, part(0, bytes.slice(0, half)));
    chain.fails(VALIDATOR, 'LOAD_INCOMPLETE', end);
    chain.fails(VALIDATOR, 'LOAD_INCOMPLETE', part(2, bytes.slice(half)));
    chain.ok(VALIDATOR, part(0, bytes.slice(0, half)));
    chain.ok(VALIDATOR, part(1, bytes.slice(half)));
    chain.ok(VALIDATOR, dev({ kind: 'abandonLoad' }));
    chain.fails(VALIDATOR, 'LOAD_INCOMPLETE', end);
    chain.ok(VALIDATOR, part(0, bytes.slice(0, half)));
    chain.ok(VALIDATOR, part(0, bytes, `0x${'11'.repeat(32)}`));
    chain.fails(VALIDATOR, 'LOAD_INCOMPLETE', part(1, bytes.slice(half)));
    const last = Math.ceil(LIMITS.dump / LIMITS.loadPart);
    chain.fails(VALIDATOR, 'LOAD_INCOMPLETE', part(last - 1, bytes));
    chain.fails(VALIDATOR, 'DUMP_TOO_LARGE', part(last, bytes));
    // All in one block, with what may not follow in it; another's transaction is taken back with it.
    const { nonce } = getAccount(chain.state, validator);
    const calls = [
      part(0, bytes),
      end,
      end,
      part(0, bytes),
      dev({ kind: 'abandonLoad' }),
      dev({ kind: 'revert', name: 'x' }),
    ];
    const sent = [
      ...calls.map((call, index) => chain.transaction(VALIDATOR, call, { nonce: nonce + index })),
      chain.transaction('Zoe', transfer(alice)),
    ];
    const codes = chain.block(sent).outcomes.transactions.map(({ failure }) => failure?.code ?? 'ok');
    assert.deepEqual(codes, [
      'ok',
      'ok',
      ...Array.from({ length: 3 }, () => 'LOAD_PENDING'),
      'UNKNOWN_SNAPSHOT',
      'ok',
    ]);
    assert.equal(getAccount(chain.state, validator).nonce, nonce + calls.length);
    assert.equal(chain.free('Zoe'), 0n);
    assert.equal(chain.epoch, lived().epoch);
  });
});
