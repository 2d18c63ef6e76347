import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  describeRow,
  getAccount,
  getConsensus,
  getEpoch,
  getValidators,
  type KernelCall,
  listSnapshots,
  MAX_SNAPSHOTS,
  revertOf,
  selectTransactions,
  TOKEN,
} from '../../../chain/index.ts';
import { ok, toHex } from '../../../consensus/interface/index.ts';
import { onValidator, transfer } from '../../support/calls.ts';
import { accountOf, createTestChain, GENESIS_TIME, type TestChain, VALIDATOR } from '../../support/chain.ts';
import { install, installationOf, LEDGER } from '../../support/ledger.ts';
import { callProbe, withProbe } from '../../support/probe.ts';
import { greedy, histories, PEOPLE, prelude, transactionsOf } from './history.ts';
import { chainWith, first, installed, second, upgrade } from './registrySupport.ts';

type DevOperation = Extract<KernelCall, { kind: 'dev' }>['operation'];
const dev = (operation: DevOperation): KernelCall => ({ kind: 'dev', operation });
const snapshot = (name: string) => dev({ kind: 'snapshot', name });
const revert = (name: string) => dev({ kind: 'revert', name });
const cancelConsensus: KernelCall = { kind: 'cancelConsensus', id: LEDGER };
const bob = accountOf('Bob');

/** The state as far as it goes back: without what only grows, and heights of the epoch relative to the block. */
function essence({ state, height }: TestChain): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  for (const [key, value] of state.rows()) {
    const { table } = describeRow(key) ?? assert.fail();
    if (['devSnapshots', 'keptRows', 'reverts', 'clocks', 'accounts', 'epochs'].includes(table)) continue;
    if (table === 'validatorSets' && key.at(-1) !== 2) continue;
    rows.set(toHex(key), toHex(value));
  }
  for (const name of PEOPLE) rows.set(name, String(getAccount(state, accountOf(name)).free));
  const { startHeight, ...epoch } = getEpoch(state);
  rows.set('epoch', JSON.stringify({ ...epoch, into: height - startHeight }));
  return rows;
}

const names = ({ state }: TestChain): readonly string[] => listSnapshots(state).map(([, { name }]) => name);

describe('snapshots of a devnet', () => {
  it('give back money and epoch, and keep heights, nonces and the clock', () => {
    const chain = createTestChain();
    chain.ok('Alice', transfer(bob, TOKEN));
    chain.ok(VALIDATOR, snapshot('before'));
    const then = essence(chain);
    const { epoch, height } = chain;
    chain.ok('Alice', transfer(accountOf('Carol'), 3n * TOKEN));
    chain.ok(VALIDATOR, dev({ kind: 'increaseTime', ms: 5 }));
    chain.nextEpoch(3);
    const nonce = getAccount(chain.state, accountOf('Alice')).nonce;
    const last = chain.height + 1;
    // Bob's transfer stands in the block that goes back, after it was told to, and is taken back too.
    const going = [
      chain.transaction(VALIDATOR, revert('before')),
      chain.transaction('Bob', transfer(accountOf('Alice'))),
    ];
    const { outcomes, nextValidators } = chain.block(going);
    assert.deepEqual(
      outcomes.transactions.map(({ ok }) => ok),
      [true, true],
    );
    assert.deepEqual(essence(chain), then);
    assert.equal(chain.height, last);
    assert.equal(chain.epoch, epoch);
    assert.deepEqual(nextValidators, getValidators(chain.state, 1), 'the voters that the header names');
    assert.equal(getAccount(chain.state, accountOf('Alice')).nonce, nonce);
    assert.equal(getAccount(chain.state, bob).nonce, 1, 'also of the block that goes back');
    assert.deepEqual(getAccount(chain.state, accountOf('Carol')), { nonce: 0, free: 0n });
    const marks = [0, height, height + 1, last, last + 1].map(at => revertOf(chain.state, at));
    assert.deepEqual(marks, [undefined, undefined, last, last, undefined]);
    // The epoch ends after as many blocks as it had left.
    const left = getEpoch(chain.state).startHeight + getEpoch(chain.state).length - chain.height;
    for (let blocks = 1; blocks < left; blocks++) assert.equal(chain.block().epoch, epoch);
    assert.equal(chain.block().epoch, epoch + 1);
  });

  it('stay until the chain goes back before them, as often as one likes', () => {
    const chain = createTestChain();
    chain.ok(VALIDATOR, snapshot('one'));
    const one = essence(chain);
    chain.ok('Alice', transfer(bob));
    chain.ok(VALIDATOR, snapshot('two'));
    const two = essence(chain);
    for (let round = 0; round < 3; round++) {
      chain.ok('Alice', transfer(bob));
      chain.ok(VALIDATOR, revert('two'));
      assert.deepEqual(essence(chain), two);
    }
    assert.deepEqual(names(chain), ['one', 'two']);
    chain.ok(VALIDATOR, revert('one'));
    assert.deepEqual(essence(chain), one);
    assert.deepEqual(names(chain), ['one']);
    chain.fails(VALIDATOR, 'UNKNOWN_SNAPSHOT', revert('two'));
    // It takes the place of the one that is forgotten, and nothing of that one is left in it.
    chain.ok('Alice', transfer(bob, 77n));
    chain.ok(VALIDATOR, snapshot('three'));
    const three = essence(chain);
    chain.ok('Alice', transfer(bob));
    chain.ok(VALIDATOR, revert('three'));
    assert.deepEqual(essence(chain), three);
    const rows = Array.from(chain.state.rows(), ([key]) => describeRow(key)?.table);
    assert.equal(rows.filter(table => table === 'reverts').length, 2, 'no two of them overlap');
    assert.ok(!rows.includes('pendingReverts'));
  });

  it('are refused with a reason, and then nothing has changed', () => {
    const chain = createTestChain();
    chain.ok(VALIDATOR, snapshot('here'));
    chain.fails(VALIDATOR, 'SNAPSHOT_EXISTS', snapshot('here'));
    for (const name of ['', '-x', 'a b', 'é']) chain.fails(VALIDATOR, 'BAD_SNAPSHOT_NAME', snapshot(name));
    chain.fails('Alice', 'NOT_DEV_AUTHORITY', snapshot('hers'));
    chain.fails('Alice', 'NOT_DEV_AUTHORITY', revert('here'));
    const free = chain.free('Bob');
    chain.ok('Alice', transfer(bob, 7n));
    chain.fails(VALIDATOR, 'UNKNOWN_SNAPSHOT', revert('there'));
    assert.equal(chain.free('Bob'), free + 7n);
    const { nonce } = getAccount(chain.state, accountOf(VALIDATOR));
    const both = [snapshot('late'), revert('late'), revert('here'), revert('here')].map((call, index) =>
      chain.transaction(VALIDATOR, call, { nonce: nonce + index }),
    );
    const codes = chain.block(both).outcomes.transactions.map(({ failure }) => failure?.code);
    assert.deepEqual(codes, [undefined, 'UNKNOWN_SNAPSHOT', undefined, 'REVERT_PENDING']);
    assert.deepEqual(names(chain), ['here'], 'one that was taken in a block that goes back is gone');
    for (let taken = 1; taken < MAX_SNAPSHOTS; taken++) chain.ok(VALIDATOR, snapshot(`s${taken}`));
    chain.fails(VALIDATOR, 'SNAPSHOTS_FULL', snapshot('more'));
  });

  it('give back validators after the usual two blocks', () => {
    const chain = createTestChain({ genesis: { epochLength: 2 } });
    chain.ok(VALIDATOR, snapshot('alone'));
    chain.ok('Alice', { kind: 'stake', target: onValidator(accountOf(VALIDATOR)), amount: 50n * TOKEN });
    chain.nextEpoch(3);
    const power = () => ([0, 1, 2] as const).map(index => getValidators(chain.state, index)[0]?.power);
    assert.deepEqual(power(), [150, 150, 150]);
    chain.ok(VALIDATOR, revert('alone'));
    assert.deepEqual(power(), [150, 150, 100]);
    chain.block();
    chain.block();
    assert.deepEqual(power(), [100, 100, 100]);
  });

  it('give back what consensus modules stored', () => {
    const key = Uint8Array.of(1);
    let stored = 0;
    const apply = () => ok([{ op: 'put', key, value: Uint8Array.of(++stored) }]);
    const chain = createTestChain(withProbe({ apply }));
    chain.ok(VALIDATOR, snapshot('empty'));
    const empty = essence(chain);
    chain.ok('Alice', callProbe());
    chain.ok('Alice', callProbe());
    assert.notDeepEqual(essence(chain), empty);
    chain.ok(VALIDATOR, revert('empty'));
    assert.deepEqual(essence(chain), empty);
  });

  it('are not gone back to over code that came into force', () => {
    const chain = installed(first, second);
    chain.ok(VALIDATOR, upgrade(second, 2));
    chain.ok(VALIDATOR, snapshot('announced'));
    const announced = essence(chain);
    chain.ok(VALIDATOR, cancelConsensus);
    chain.ok(VALIDATOR, revert('announced'));
    assert.deepEqual(essence(chain), announced, 'an announcement is no code in force');
    chain.nextEpoch();
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '2.0.0');
    chain.fails(VALIDATOR, 'SNAPSHOT_CODE_CHANGED', revert('announced'));
    chain.ok(VALIDATOR, snapshot('after'));
    chain.ok(VALIDATOR, revert('after'));
    const fresh = chainWith(first);
    fresh.ok(VALIDATOR, snapshot('without'));
    fresh.ok(VALIDATOR, install(installationOf(first, 1)));
    fresh.nextEpoch();
    fresh.fails(VALIDATOR, 'SNAPSHOT_CODE_CHANGED', revert('without'));
  });

  it('are right in any history', () => {
    const acts = fc.array(fc.record({ at: fc.nat(39), to: fc.option(fc.nat(9), { freq: 2 }) }), {
      minLength: 10,
      maxLength: 30,
    });
    let went = 0;
    fc.assert(
      fc.property(histories, acts, (history, planned) => {
        const chain = createTestChain({
          accounts: PEOPLE.filter(name => name !== VALIDATOR),
          ...withProbe(
            greedy,
            { capabilities: ['move_reserves', 'mint', 'read_reserves'], mintCap: 3n * TOKEN },
            { epochLength: 3, graceEpochs: 1, unstakeEpochs: 2 },
          ),
        });
        chain.block(prelude(chain));
        const known: { readonly name: string; readonly state: ReadonlyMap<string, string> }[] = [];
        for (const [at, commands] of history.entries()) {
          const act = planned.find(one => one.at === at);
          const target =
            act == null || act.to === null ? undefined : known[act.to % Math.max(1, known.length)];
          const name = `at-${at}`;
          const call = act === undefined ? null : target === undefined ? snapshot(name) : revert(target.name);
          const first = call === null ? [] : [chain.transaction(VALIDATOR, call)];
          play(chain, [...first, ...transactionsOf(chain, commands)]);
          if (target !== undefined) {
            assert.deepEqual(essence(chain), target.state);
            known.splice(known.indexOf(target) + 1);
            went++;
          } else if (act !== undefined) known.push({ name, state: essence(chain) });
          assert.deepEqual(
            names(chain),
            known.map(one => one.name),
          );
        }
      }),
      { numRuns: 20 },
    );
    assert.ok(went > 10, `only ${went} went back`);
  });
});

/** A block of what may stand in it. */
function play(chain: TestChain, wanted: Parameters<TestChain['block']>[0] & object): void {
  const input = {
    height: chain.height + 1,
    time: GENESIS_TIME + (chain.height + 1) * 1000,
    proposer: accountOf(VALIDATOR),
    evidence: [],
    transactions: wanted,
  };
  const { included, execution } = selectTransactions(chain.state, input, chain.mechanisms);
  assert.equal(chain.block(included).state.root, execution.state.root);
}
