/** Whatever an activation ends in but success leaves the state as if nobody had announced it, and says why. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Code,
  executeBlock,
  getConsensus,
  type Installation,
  listInstallations,
  type State,
} from '../../../chain/index.ts';
import { installations } from '../../../chain/kernel/tables.ts';
import { Draft } from '../../../chain/state/index.ts';
import {
  CapabilityError,
  type ConsensusModule,
  encode,
  event,
  fail,
  more,
  type Op,
  type Outcome,
  ok,
  u32,
} from '../../../consensus/interface/index.ts';
import { type TestChain, VALIDATOR } from '../../support/chain.ts';
import {
  callLedger,
  codeOf,
  install,
  installationOf,
  LEDGER,
  ledger,
  moveRows,
} from '../../support/ledger.ts';
import { Deposited } from '../../support/ledgerModule.ts';
import {
  chainWith,
  codeOfFailure,
  first,
  inputOf,
  installed,
  registryEvents,
  upgrade,
} from './registrySupport.ts';

const account = `0x${'ab'.repeat(32)}` as const;
const key = Uint8Array.of(1);
const put = (length: number, at = key): Op => ({ op: 'put', key: at, value: new Uint8Array(length) });
const from = (ledger: Extract<Op, { op: 'transfer' }>['from']): Op => ({
  op: 'transfer',
  from: ledger,
  to: { kind: 'account', account },
  amount: 1n,
});
/** JavaScript's authors can return what the types forbid. */
const anything = (value: unknown): Outcome => value as Outcome;

/** Ways in which genesis or migrate can go wrong, and the code that the event has for them. */
const WRONG: readonly (readonly [code: string, what: string, answer: () => Outcome])[] = [
  ['ACTIVATION_FAULT', 'throws', () => assert.fail('here')],
  ['ACTIVATION_FAULT', 'throws nothing', () => raise(undefined)],
  ['ACTIVATION_FAULT', 'goes too deep', () => deep(0)],
  ['NO', 'refuses', () => fail('NO', 'not today')],
  ['BAD_OUTCOME', 'returns a number', () => anything(0)],
  ['BAD_OUTCOME', 'returns a promise', () => anything(Promise.resolve(ok()))],
  ['BAD_OUTCOME', 'returns an unknown op', () => anything({ ok: true, ops: [{ op: 'steal', amount: 1n }] })],
  ['BAD_OUTCOME', 'returns a negative amount', () => anything(ok([{ op: 'burn', amount: -1n }]))],
  ['BAD_OUTCOME', 'wants to go on', () => more([put(1)])],
  ['BAD_OUTCOME', 'writes too long a value', () => ok([put(1), put(64 * 1024 * 4)])],
  ['BAD_OUTCOME', 'writes too long a key', () => ok([put(1), put(1, new Uint8Array(4_096))])],
  ['BAD_OUTCOME', 'has too many ops', () => ok(Array.from({ length: 65_537 }, () => put(1)))],
  ['BAD_OUTCOME', 'tells an event that it did not declare', () => ok([put(1)], [event('other', u32, 1)])],
  [
    'BAD_OUTCOME',
    'tells more events than fit into a block',
    () =>
      ok(
        [put(1)],
        Array.from({ length: 70_000 }, () => event('deposited', Deposited, { amount: 1n })),
      ),
  ],
  ['BAD_OUTCOME', 'takes from an account', () => ok([put(1), from({ kind: 'account', account })])],
  [
    'CAPABILITY',
    'takes from a reserve',
    () => ok([put(1), from({ kind: 'reserve', client: account, server: account })]),
  ],
  ['CAPABILITY', 'says that it lacks a capability', () => raise(new CapabilityError('read_stake'))],
  [
    'OVERDRAFT',
    'pays what it does not have',
    () => ok([put(1), { ...from({ kind: 'pot' }), amount: 10n ** 15n } as Op]),
  ],
  ['MINT_CAP', 'mints above its cap', () => ok([put(1), { op: 'mint', amount: 8n }])],
  [
    'MINT_CAP',
    'mints above its cap in two steps',
    () => ok([{ op: 'mint', amount: 7n }, put(1), { op: 'mint', amount: 1n }]),
  ],
];

function raise(error: unknown): never {
  throw error;
}

const deep = (depth: number): Outcome => (depth < 0 ? ok() : deep(depth + 1));

const CAP = { mintCap: 7n };
const madeOf = (version: string, stateVersion: number, parts: object): ConsensusModule =>
  ledger({ version, stateVersion, requires: ['mint'], ...parts });

/** The state without what was announced. */
function withoutAnnounced(state: State): State {
  const draft = new Draft(state);
  for (const { id } of listInstallations(state)) installations.delete(draft, id);
  return state.with(draft.changes());
}

/** Makes the first block of the next epoch, which must fail to activate and do all else that it would have done. */
function failsWith(chain: TestChain, code: Code, expected: string): void {
  while ((chain.height + 1) % chain.genesis.epochLength !== 1) chain.block();
  const before = chain.state;
  assert.equal(listInstallations(before).length, 1);
  const input = inputOf(chain, []);
  const without = executeBlock(withoutAnnounced(before), input, code);
  const { outcomes } = chain.block();
  assert.equal(chain.state.root, without.state.root, 'something stayed behind');
  const [failed, ...others] = registryEvents(outcomes.events, chain);
  assert.equal(failed?.name, 'ConsensusActivationFailed');
  assert.equal(codeOfFailure(failed), expected);
  assert.deepEqual(others, []);
  const { message } = failed.data as { message: string };
  assert.ok(message.length > 0 && message.length <= 512, message);
  assert.equal(outcomes.events.length, without.outcomes.events.length + 1);
}

describe('an activation', () => {
  for (const [code, what, answer] of WRONG) {
    it(`of a new module whose genesis ${what} leaves nothing behind: ${code}`, () => {
      const module = madeOf('1.0.0', 1, { genesis: answer });
      const chain = chainWith(module);
      chain.ok(VALIDATOR, install(installationOf(module, 1, CAP)));
      failsWith(chain, codeOf(module), code);
      assert.equal(getConsensus(chain.state, LEDGER), undefined);
    });

    it(`of an upgrade whose migrate ${what} leaves the code before it as it was: ${code}`, () => {
      const module = madeOf('2.0.0', 2, { migrate: answer });
      const chain = installed(first, module);
      chain.ok('Alice', callLedger('deposit', 9n));
      chain.ok(VALIDATOR, upgrade(module, chain.epoch + 1, CAP));
      failsWith(chain, codeOf(first, module), code);
      assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.0');
      chain.ok('Alice', callLedger('deposit', 1n));
    });
  }

  it('that fails does not touch another one of the same block, whatever their order', () => {
    const bad = ledger({
      name: 'bad',
      version: '1.0.0',
      stateVersion: 1,
      genesis: () => raise(new Error('no')),
    });
    const good = ledger({ name: 'good', version: '1.0.0', stateVersion: 1 });
    const property = fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 5 }),
      ids => {
        const chain = chainWith(bad, good);
        for (const [index, id] of ids.entries())
          chain.ok(VALIDATOR, install(installationOf(index % 2 === 0 ? bad : good, 2, { id })));
        const { outcomes } = chain.nextEpoch(2);
        const told = registryEvents(outcomes.events, chain).map(({ name, data }) => [
          (data as { consensus: number }).consensus,
          name,
        ]);
        const expected = ids.map((id, index) => [
          id,
          index % 2 === 0 ? 'ConsensusActivationFailed' : 'ConsensusActivated',
        ]);
        assert.deepEqual(
          told,
          expected.sort(([a], [b]) => Number(a) - Number(b)),
        );
        for (const [index, id] of ids.entries())
          assert.equal(getConsensus(chain.state, id)?.name, index % 2 === 0 ? undefined : 'good');
      },
    );
    fc.assert(property, { numRuns: 15 });
  });

  it('can be tried again with repaired code, under the same version too', () => {
    const broken = ledger({ version: '2.0.0', stateVersion: 2, migrate: () => raise(new Error('a bug')) });
    const repaired = ledger({ version: '2.0.0', stateVersion: 2, migrate: moveRows });
    const hash = `0x${'77'.repeat(32)}` as const;
    const known = codeOf(first, broken);
    const code: Code = { get: (id, pinned) => (pinned.codeHash === hash ? repaired : known.get(id, pinned)) };
    const chain = installed(first, broken);
    chain.ok('Alice', callLedger('deposit', 9n));
    chain.ok(VALIDATOR, upgrade(broken, chain.epoch + 1));
    chain.nextEpoch();
    chain.ok(VALIDATOR, upgrade(repaired, chain.epoch + 1, { codeHash: hash }));
    let { state } = chain;
    for (let height = chain.height + 1; getConsensus(state, LEDGER)?.version !== '2.0.0'; height++)
      ({ state } = executeBlock(state, { ...inputOf(chain, []), height }, code));
    assert.equal(getConsensus(state, LEDGER)?.codeHash, hash);
    assert.equal(getConsensus(state, LEDGER)?.pot, 9n);
  });
});

describe('an announced upgrade that waits for a close', () => {
  /** The close of epoch 1 takes the whole of epoch 2. */
  const slow = (fields: Partial<Installation> = {}): TestChain => {
    const old = ledger({
      version: '1.0.0',
      stateVersion: 1,
      closeEpoch: (block, _, closing) => (closing === 1 && block.epoch === 2 ? more([]) : ok()),
    });
    const chain = installed(old, next, later);
    chain.ok(VALIDATOR, upgrade(next, 2, fields));
    chain.nextEpoch();
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.0');
    return chain;
  };
  const next = ledger({ version: '1.1.0', stateVersion: 1 });
  const later = ledger({ version: '1.2.0', stateVersion: 1 });

  it('can be taken back: the old code goes on and closes what it has open', () => {
    const chain = slow();
    chain.ok(VALIDATOR, { kind: 'cancelConsensus', id: LEDGER });
    chain.nextEpoch(2);
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.0');
    assert.deepEqual(getConsensus(chain.state, LEDGER)?.closing, []);
    assert.deepEqual(listInstallations(chain.state), []);
  });

  it('can give way to a later one, which waits anew', () => {
    const chain = slow();
    chain.ok(VALIDATOR, upgrade(later, 3));
    chain.block();
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.0');
    // The epoch that passed meanwhile is the old code's to close as well.
    const { outcomes } = chain.nextEpoch();
    const told = registryEvents(outcomes.events, chain);
    assert.deepEqual(
      told.map(({ name, data }) => [name, (data as { closing: number }).closing]),
      [['ConsensusDraining', 2]],
    );
    chain.block();
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.2.0');
  });

  it('keeps money and parameters that it has: params are for a genesis only', () => {
    const chain = slow();
    chain.ok('Alice', callLedger('deposit', 5n));
    chain.nextEpoch();
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.1.0');
    assert.equal(getConsensus(chain.state, LEDGER)?.pot, 5n);
    chain.fails(
      VALIDATOR,
      'UPGRADE_WITH_PARAMS',
      upgrade(later, chain.epoch + 1, { params: encode(u32, 1) }),
    );
  });
});
