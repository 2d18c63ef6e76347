import assert from 'node:assert/strict';
import {
  BlockError,
  codeAt,
  executeBlock,
  getConsensus,
  getInstallation,
  getSupply,
  type Installation,
  listInstallations,
  ModuleFault,
  selectTransactions,
  TOKEN,
  viewOf,
} from '../../../chain/index.ts';
import { isHigher, isVersion } from '../../../chain/kernel/version.ts';
import { type ConsensusModule, fail, more, ok } from '../../../consensus/interface/index.ts';
import { createTestChain, testGenesis, VALIDATOR } from '../../support/chain.ts';
import {
  callLedger,
  codeOf,
  hashOfVersion,
  install,
  installationOf,
  LEDGER,
  ledger,
} from '../../support/ledger.ts';
import {
  chainWith,
  codeOfFailure,
  EMPTY,
  first,
  inputOf,
  installed,
  registryEvents,
  required,
  second,
  upgrade,
} from './registrySupport.ts';

describe('installing a consensus module', () => {
  const refusals: readonly [code: string, fields: Partial<Installation>][] = [
    ['BAD_CONSENSUS_NAME', { name: 'Ledger' }],
    ['BAD_CONSENSUS_NAME', { name: '' }],
    ['BAD_CONSENSUS_VERSION', { version: '1.0' }],
    ['BAD_CONSENSUS_VERSION', { version: '1.0.0+build' }],
    ['ACTIVATION_OUT_OF_RANGE', { activationEpoch: 0 }],
    ['ACTIVATION_OUT_OF_RANGE', { activationEpoch: 10_002 }],
    ['UNKNOWN_CAPABILITY', { capabilities: ['fly'] }],
    ['DUPLICATE_CAPABILITY', { capabilities: ['read_stake', 'read_stake'] }],
    ['MINT_CAP_WITHOUT_MINT', { mintCap: 1n }],
  ];
  for (const [code, fields] of refusals)
    it(`is refused with ${code}: ${Object.keys(fields)[0]}`, () => {
      const chain = chainWith(first);
      chain.fails(VALIDATOR, code, install(installationOf(first, 1, fields)));
      assert.deepEqual(listInstallations(chain.state), []);
    });

  it('is for the dev authority, and on other chains for proposals alone', () => {
    const call = install(installationOf(first, 1));
    chainWith(first).fails('Alice', 'NOT_DEV_AUTHORITY', call);
    const chain = createTestChain({ code: codeOf(first), genesis: { devAuthority: null } });
    chain.fails(VALIDATOR, 'NEEDS_PROPOSAL', call);
    chain.fails(VALIDATOR, 'NEEDS_PROPOSAL', { kind: 'cancelConsensus', id: LEDGER });
  });

  it('has an end: a chain holds so many', () => {
    const chain = chainWith(first);
    for (let id = 1; id < 128; id++) chain.ok(VALIDATOR, install(installationOf(first, 5_000, { id })));
    chain.fails(VALIDATOR, 'TOO_MANY_CONSENSUS', install(installationOf(first, 5_000, { id: 128 })));
    chain.ok(VALIDATOR, install(installationOf(first, 5_001, { id: 127 })));
  });

  it('brings it into force in the first block of its epoch, for calls from the next block on', () => {
    const chain = chainWith(first);
    const { events } = chain.ok(VALIDATOR, install(installationOf(first, 2)));
    assert.deepEqual(registryEvents(events, chain), [
      {
        name: 'ConsensusInstalled',
        data: {
          consensus: LEDGER,
          name: 'ledger',
          version: '1.0.0',
          codeHash: hashOfVersion(first),
          activationEpoch: 2,
        },
      },
    ]);
    chain.nextEpoch();
    assert.equal(getConsensus(chain.state, LEDGER), undefined);
    assert.throws(() => chain.transaction('Alice', callLedger('deposit')), { code: 'UNKNOWN_CONSENSUS' });
    const { outcomes } = chain.nextEpoch();
    assert.deepEqual(registryEvents(outcomes.events, chain), [
      {
        name: 'ConsensusActivated',
        data: {
          consensus: LEDGER,
          name: 'ledger',
          version: '1.0.0',
          codeHash: hashOfVersion(first),
          epoch: 2,
          inherited: 0,
        },
      },
    ]);
    assert.deepEqual(viewOf(chain.state, LEDGER).get(new TextEncoder().encode('start')), Uint8Array.of(5));
    assert.deepEqual(listInstallations(chain.state), []);
    chain.ok('Alice', callLedger('deposit', TOKEN));
    assert.equal(getConsensus(chain.state, LEDGER)?.pot, TOKEN);
    chain.fails('Alice', 'NO_VALUE', callLedger('deposit'));
  });

  it('can be changed and taken back until then', () => {
    const chain = chainWith(first, second);
    chain.fails(VALIDATOR, 'NOTHING_INSTALLED', { kind: 'cancelConsensus', id: LEDGER });
    chain.ok(VALIDATOR, install(installationOf(first, 1)));
    chain.ok(VALIDATOR, install(installationOf(second, 2)));
    assert.equal(getInstallation(chain.state, LEDGER)?.version, '2.0.0');
    const { events } = chain.ok(VALIDATOR, { kind: 'cancelConsensus', id: LEDGER });
    assert.deepEqual(
      registryEvents(events, chain).map(({ name }) => name),
      ['ConsensusCancelled'],
    );
    chain.nextEpoch(3);
    assert.equal(getConsensus(chain.state, LEDGER), undefined);
  });

  it('stops a node without the code at the block that needs it, and not before', () => {
    const chain = createTestChain({ code: codeOf() });
    chain.ok(VALIDATOR, install(installationOf(first, 1)));
    while ((chain.height + 1) % 5 !== 1) chain.block();
    assert.throws(() => chain.block(), ModuleFault);
  });
});

describe('a genesis that fails', () => {
  const failing: readonly [code: string, module: ConsensusModule, fields?: Partial<Installation>][] = [
    ['TOO_SMALL', ledger({ version: '1.0.0', stateVersion: 1, genesis: () => fail('TOO_SMALL', 'no') })],
    [
      'ACTIVATION_FAULT',
      ledger({
        version: '1.0.0',
        stateVersion: 1,
        genesis: () => {
          throw new Error(`here is ${Math.random()}`);
        },
      }),
    ],
    ['BAD_ARGUMENTS', first, { params: Uint8Array.of(0xc0) }],
    ['OTHER_STATE_VERSION', first, { stateVersion: 2 }],
    [
      'MISSING_CAPABILITY',
      ledger({ version: '1.0.0', stateVersion: 1, requires: ['read_stake'] }),
      { capabilities: [] },
    ],
    ['BAD_OUTCOME', ledger({ version: '1.0.0', stateVersion: 1, genesis: () => more() })],
    [
      'CAPABILITY',
      ledger({ version: '1.0.0', stateVersion: 1, genesis: () => ok([{ op: 'mint', amount: 1n }]) }),
    ],
    [
      'MINT_CAP',
      ledger({
        version: '1.0.0',
        stateVersion: 1,
        requires: ['mint'],
        genesis: () => ok([{ op: 'mint', amount: 2n }]),
      }),
      { mintCap: 1n },
    ],
  ];
  for (const [code, module, fields] of failing)
    it(`leaves the id to nobody and the chain going: ${code}`, () => {
      const chain = chainWith(module);
      chain.ok(VALIDATOR, install(installationOf(module, 1, fields)));
      const { outcomes } = chain.nextEpoch();
      const [event] = registryEvents(outcomes.events, chain);
      assert.equal(event?.name, 'ConsensusActivationFailed');
      assert.equal(codeOfFailure(event), code);
      assert.equal(getConsensus(chain.state, LEDGER), undefined);
      assert.deepEqual(listInstallations(chain.state), []);
      assert.deepEqual(viewOf(chain.state, LEDGER).scan(EMPTY), []);
      chain.nextEpoch();
    });

  it('mints within its cap, and what it mints is declared', () => {
    const module = ledger({
      version: '1.0.0',
      stateVersion: 1,
      requires: ['mint'],
      genesis: () => ok([{ op: 'mint', amount: 7n }]),
    });
    const chain = chainWith(module);
    chain.ok(VALIDATOR, install(installationOf(module, 1, { mintCap: 7n })));
    chain.nextEpoch();
    const entry = getConsensus(chain.state, LEDGER);
    assert.equal(entry?.pot, 7n);
    assert.equal(entry?.mintedThisEpoch, 7n);
    assert.equal(getSupply(chain.state).minted, 7n);
  });
});

describe('an upgrade', () => {
  const refusals: readonly [code: string, made: ConsensusModule, fields?: Partial<Installation>][] = [
    ['OTHER_CONSENSUS_NAME', ledger({ name: 'other', version: '2.0.0', stateVersion: 1 })],
    ['CONSENSUS_DOWNGRADE', ledger({ version: '1.0.0', stateVersion: 1 })],
    ['CONSENSUS_DOWNGRADE', ledger({ version: '1.0.0-rc.1', stateVersion: 1 })],
    ['CONSENSUS_DOWNGRADE', ledger({ version: '0.9.9', stateVersion: 1 })],
    ['STATE_DOWNGRADE', ledger({ version: '2.0.0', stateVersion: 0 })],
    ['UPGRADE_WITH_PARAMS', second, { params: Uint8Array.of(1) }],
  ];
  for (const [code, module, fields] of refusals)
    it(`is refused with ${code}: ${module.info.version}`, () => {
      const chain = installed(first);
      chain.fails(VALIDATOR, code, upgrade(module, chain.epoch + 1, fields));
    });

  it('keeps money and rows, which migrate brings to their new place', () => {
    const chain = installed(first, second);
    chain.ok('Alice', callLedger('deposit', 3n * TOKEN));
    chain.ok('Bob', callLedger('deposit', 5n));
    const before = getSupply(chain.state);
    chain.ok(VALIDATOR, upgrade(second, chain.epoch + 1));
    chain.ok('Bob', callLedger('deposit', 1n));
    chain.nextEpoch();
    const height = chain.height;
    const entry = getConsensus(chain.state, LEDGER);
    assert.equal(entry?.version, '2.0.0');
    assert.equal(entry?.pot, 3n * TOKEN + 6n);
    assert.deepEqual(getSupply(chain.state), before);
    const free = chain.free('Bob');
    const { fee } = chain.ok('Bob', callLedger('takeOut'));
    assert.equal(chain.free('Bob'), free + 6n - fee);
    chain.fails('Bob', 'NOTHING', callLedger('takeOut'));
    assert.equal(codeAt(chain.state, LEDGER, height)?.version, '1.0.0');
    assert.equal(codeAt(chain.state, LEDGER, height + 1)?.version, '2.0.0');
    assert.equal(codeAt(chain.state, LEDGER, 0)?.version, '1.0.0');
  });

  it('does not admit calls of the module into the block in which it comes into force', () => {
    const chain = installed(first, second);
    chain.ok(VALIDATOR, upgrade(second, chain.epoch + 1));
    while ((chain.height + 1) % 5 !== 1) chain.block();
    const code = codeOf(first, second);
    const input = inputOf(chain, [['Alice', callLedger('deposit', 1n)]]);
    assert.throws(() => executeBlock(chain.state, input, code), BlockError);
    const { included, rejected } = selectTransactions(chain.state, input, code);
    assert.deepEqual(included, []);
    assert.deepEqual(
      rejected.map(({ error, final }) => [error.code, final]),
      [['CONSENSUS_SWITCHING', false]],
    );
    const stale = input.transactions;
    chain.block();
    // What the old code said about a call is no fact about the new one.
    assert.throws(() => chain.block(stale), ModuleFault);
    chain.ok('Alice', callLedger('deposit', 1n));
  });

  const failing: readonly [code: string, module: ConsensusModule][] = [
    ['NO_MIGRATION', ledger({ version: '2.0.0', stateVersion: 2 })],
    ['LOST', ledger({ version: '2.0.0', stateVersion: 2, migrate: () => fail('LOST', 'no') })],
    [
      'OVERDRAFT',
      ledger({
        version: '2.0.0',
        stateVersion: 2,
        migrate: () =>
          ok([
            { op: 'put', key: Uint8Array.of(1), value: Uint8Array.of(1) },
            { op: 'burn', amount: 10n ** 18n },
          ]),
      }),
    ],
    [
      'ACTIVATION_FAULT',
      ledger({
        version: '2.0.0',
        stateVersion: 2,
        migrate: (_, view) => ok([{ op: 'delete', key: required(view.scan(EMPTY)[99])[0] }]),
      }),
    ],
  ];
  for (const [code, module] of failing)
    it(`that fails with ${code} leaves the code before it in force`, () => {
      const chain = installed(first, module);
      chain.ok('Alice', callLedger('deposit', 9n));
      const rows = viewOf(chain.state, LEDGER).scan(EMPTY);
      const entry = getConsensus(chain.state, LEDGER);
      chain.ok(VALIDATOR, upgrade(module, chain.epoch + 1));
      const { outcomes } = chain.nextEpoch();
      const [event] = registryEvents(outcomes.events, chain);
      assert.equal(codeOfFailure(event), code);
      assert.deepEqual(getConsensus(chain.state, LEDGER), entry);
      assert.deepEqual(viewOf(chain.state, LEDGER).scan(EMPTY), rows);
      chain.ok('Alice', callLedger('deposit', 1n));
      chain.ok(VALIDATOR, upgrade(second, chain.epoch + 1));
    });

  it('with the same layout runs no migrate', () => {
    const patch = ledger({ version: '1.0.1', stateVersion: 1, migrate: () => fail('NO', 'never') });
    const chain = installed(first, patch);
    chain.ok('Alice', callLedger('deposit', 9n));
    chain.ok(VALIDATOR, upgrade(patch, chain.epoch + 1));
    chain.nextEpoch();
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.1');
    chain.ok('Alice', callLedger('deposit', 9n));
  });

  it('takes away capabilities that it was not granted again', () => {
    const reading = ledger({ version: '1.0.0', stateVersion: 1, requires: ['read_stake'] });
    const patch = ledger({ version: '1.0.1', stateVersion: 1 });
    const chain = installed(reading, patch);
    chain.ok(VALIDATOR, upgrade(patch, chain.epoch + 1));
    chain.nextEpoch();
    assert.deepEqual(getConsensus(chain.state, LEDGER)?.capabilities, []);
  });
});

describe('versions', () => {
  it('are ordered as semver.org says', () => {
    const ascending = [
      '0.9.10',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1',
      '1.2.0',
      '1.10.0',
      '2.0.0',
    ];
    for (const [index, version] of ascending.entries()) {
      assert.ok(isVersion(version), version);
      for (const [other, against] of ascending.entries())
        assert.equal(isHigher(version, against), index > other, `${version} > ${against}`);
    }
  });

  it('are nothing else', () => {
    for (const text of [
      '',
      '1',
      '1.2',
      '1.2.3.4',
      '01.2.3',
      '1.2.3-',
      '1.2.3-01',
      '1.2.3+a',
      'v1.2.3',
      '1.2.3 ',
    ])
      assert.equal(isVersion(text), false, text);
  });
});

describe('the genesis', () => {
  it('puts nothing into the registry that is to come', () => {
    const chain = createTestChain();
    assert.deepEqual(listInstallations(chain.state), []);
    assert.equal(codeAt(chain.state, 0, 0)?.version, testGenesis().consensus[0]?.version);
  });
});
