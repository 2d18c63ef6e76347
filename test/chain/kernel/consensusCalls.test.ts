import assert from 'node:assert/strict';
import { getConsensus, getReserve, getSupply, ModuleFault, TOKEN, viewOf } from '../../../chain/index.ts';
import { CapabilityError, fail, type Ledger, type Op, ok } from '../../../consensus/interface/index.ts';
import { registerModule } from '../../support/calls.ts';
import { accountOf, createTestChain, readEvents, type TestChain } from '../../support/chain.ts';
import { type Behaviour, callProbe, PROBE, probeEvent, withProbe } from '../../support/probe.ts';

const alice = accountOf('Alice');
const bob = accountOf('Bob');
const pot: Ledger = { kind: 'pot' };
const escrow: Ledger = { kind: 'reserve', client: alice, server: bob };
const toBob: Ledger = { kind: 'account', account: bob };
const move = (from: Ledger, to: Ledger, amount: bigint): Op => ({ op: 'transfer', from, to, amount });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A chain whose probe answers with these ops. */
const answering = (ops: readonly Op[], capabilities: readonly string[] = [], mintCap = 0n): TestChain =>
  createTestChain(withProbe({ apply: () => ok(ops) }, { capabilities, mintCap }));

const running = (behaviour: Behaviour, capabilities: readonly string[] = []): TestChain =>
  createTestChain(withProbe(behaviour, { capabilities }));

describe('consensus calls', () => {
  it('find the attached value in the pot, and pay out of it', () => {
    let seen = 0n;
    const apply: Behaviour['apply'] = (_, view, { value }) => {
      seen = view.pot();
      return ok([move(pot, toBob, value / 2n)], [probeEvent(3)]);
    };
    const chain = running({ apply });
    const { events } = chain.ok('Alice', callProbe(10n));
    assert.equal(seen, 10n);
    assert.equal(chain.free('Bob'), 1000n * TOKEN + 5n);
    assert.equal(getConsensus(chain.state, PROBE)?.pot, 5n);
    assert.deepEqual(readEvents(events, chain.mechanisms), [
      { name: 'PotFunded', data: { consensus: PROBE, account: alice, amount: 10n } },
      { name: 'PotPaid', data: { consensus: PROBE, account: bob, amount: 5n } },
      { name: 'done', data: { number: 3 } },
    ]);
  });

  it('that say no give the value back and keep the fee', () => {
    const chain = running({ apply: () => fail('NOT_TODAY', 'come again') });
    const outcome = chain.submit('Alice', callProbe(10n));
    assert.deepEqual(outcome.failure, { code: 'NOT_TODAY', message: 'come again' });
    assert.equal(chain.free('Alice'), 1000n * TOKEN - outcome.fee);
    assert.equal(getConsensus(chain.state, PROBE)?.pot, 0n);
  });

  it('keep a long no within its limits', () => {
    const chain = running({ apply: () => fail('C'.repeat(100), 'é'.repeat(400)) });
    const { failure } = chain.submit('Alice', callProbe());
    assert.deepEqual(failure, { code: 'C'.repeat(48), message: 'é'.repeat(256) });
  });

  it('store under their own keys, which nobody else reads', () => {
    const ops: Op[] = [
      { op: 'put', key: text('b'), value: text('2') },
      { op: 'put', key: text('a'), value: text('1') },
      { op: 'put', key: text('c'), value: text('3') },
      { op: 'delete', key: text('c') },
    ];
    const chain = answering(ops);
    chain.ok('Alice', callProbe());
    const own = viewOf(chain.state, PROBE);
    const rows = own.scan(new Uint8Array()).map(([key, value]) => [...key, ...value]);
    assert.deepEqual(rows, [
      [97, 49],
      [98, 50],
    ]);
    assert.equal(own.scan(new Uint8Array(), { after: text('a') }).length, 1);
    assert.equal(own.scan(new Uint8Array(), { limit: 1 }).length, 1);
    assert.equal(viewOf(chain.state, 0).get(text('a')), undefined);
    own.get(text('a'))?.fill(0);
    assert.deepEqual(own.get(text('a')), text('1'), 'what a module does to its copy changes nothing');
  });

  it('take from reserves held under their id, thawing money first', () => {
    const chain = answering([move(escrow, pot, 6n), move(pot, toBob, 6n)], ['move_reserves']);
    chain.ok('Alice', { kind: 'reserve', consensus: PROBE, server: bob, amount: 10n });
    chain.ok('Alice', { kind: 'thaw', consensus: PROBE, server: bob, amount: 4n });
    const thawEpoch = chain.epoch + 4;
    assert.equal(getReserve(chain.state, PROBE, alice, bob)?.thawEpoch, thawEpoch);
    const { events } = chain.ok('Bob', callProbe());
    assert.deepEqual(
      readEvents(events).map(({ name }) => name),
      ['ReserveDebited', 'PotPaid'],
    );
    assert.deepEqual(getReserve(chain.state, PROBE, alice, bob), { amount: 4n, thawing: 0n, thawEpoch: 0 });
    chain.fails('Bob', 'OVERDRAFT', callProbe());
  });

  it('do not reach reserves of another consensus module', () => {
    const chain = answering([move(escrow, toBob, 1n)], ['move_reserves']);
    chain.ok('Alice', { kind: 'reserve', consensus: 0, server: bob, amount: 10n });
    chain.fails('Bob', 'OVERDRAFT', callProbe());
  });

  it('mint with the capability, up to the cap of an epoch; burn what they hold', () => {
    const chain = answering(
      [
        { op: 'mint', amount: 6n },
        { op: 'burn', amount: 1n },
      ],
      ['mint'],
      10n,
    );
    const before = getSupply(chain.state);
    chain.ok('Alice', callProbe());
    assert.deepEqual(getSupply(chain.state), { total: before.total + 5n, minted: 6n, burned: 1n });
    chain.fails('Alice', 'MINT_CAP', callProbe());
    chain.nextEpoch();
    chain.ok('Alice', callProbe());
    assert.equal(getConsensus(chain.state, PROBE)?.pot, 10n);
  });

  const refused: readonly (readonly [string, string, readonly Op[], (readonly string[])?])[] = [
    ['more than the pot', 'OVERDRAFT', [move(pot, toBob, 1n)]],
    ['an account', 'BAD_OUTCOME', [move({ kind: 'account', account: alice }, toBob, 1n)], ['move_reserves']],
    ['a reserve without the capability', 'CAPABILITY', [move(escrow, pot, 0n)]],
    ['a negative amount', 'BAD_OUTCOME', [move(toBob, pot, -1n)]],
    ['a number', 'BAD_OUTCOME', [move(pot, toBob, 1 as unknown as bigint)]],
    ['money for a reserve without the capability', 'CAPABILITY', [move(pot, escrow, 0n)]],
    ['a mint without the capability', 'CAPABILITY', [{ op: 'mint', amount: 1n }]],
    ['a burn of what is not there', 'OVERDRAFT', [{ op: 'burn', amount: 1n }]],
    ['a key that is too long', 'BAD_OUTCOME', [{ op: 'put', key: new Uint8Array(257), value: text('') }]],
    [
      'a value that is too long',
      'BAD_OUTCOME',
      [{ op: 'put', key: text('k'), value: new Uint8Array(65_537) }],
    ],
    ['an account that is none', 'BAD_OUTCOME', [move(pot, { kind: 'account', account: '0xAB' }, 0n)]],
    ['an unknown op', 'BAD_OUTCOME', [{ op: 'steal' } as unknown as Op]],
    ['an unknown ledger', 'BAD_OUTCOME', [move(pot, { kind: 'bank' } as unknown as Ledger, 0n)]],
    ['too many ops', 'BAD_OUTCOME', new Array<Op>(65_537).fill({ op: 'delete', key: text('k') })],
    ['too many events', 'BAD_OUTCOME', new Array<Op>(20_001).fill(move(pot, toBob, 0n))],
  ];
  for (const [what, code, ops, capabilities] of refused)
    it(`are rolled back whole when they ask for ${what}`, () => {
      const chain = answering([{ op: 'put', key: text('k'), value: text('v') }, ...ops], capabilities);
      chain.fails('Alice', code, callProbe());
      assert.equal(viewOf(chain.state, PROBE).get(text('k')), undefined);
    });

  it('are rolled back when they send an event that they did not declare', () => {
    const events = [{ name: 'toString', data: new Uint8Array() }];
    running({ apply: () => ok([], events) }).fails('Alice', 'BAD_OUTCOME', callProbe());
    const huge = [{ name: 'done', data: new Uint8Array(65_537) }];
    running({ apply: () => ok([], huge) }).fails('Alice', 'BAD_OUTCOME', callProbe());
  });

  it('fail on a read without its capability, and read with it', () => {
    const reads: readonly (readonly [string, NonNullable<Behaviour['apply']>])[] = [
      ['read_balances', (_, view) => ok([], [probeEvent(Number(view.balance(bob) / TOKEN))])],
      ['read_reserves', (_, view) => ok([], [probeEvent(view.reserve(alice, bob) === undefined ? 0 : 1)])],
      ['read_modules', (block, view) => ok([], [probeEvent(Number(view.price(0, 'echo', block.epoch)))])],
      ['read_modules', (_, view) => ok([], [probeEvent(view.module(alice)?.id ?? 99)])],
      ['read_links', (block, view) => ok([], [probeEvent(view.children(0, block.epoch).length)])],
      ['read_stake', (_, view) => ok([], [probeEvent(Number(view.stake({ kind: 'module', module: 0 })))])],
    ];
    const expected = [1000, 0, 1000, 0, 0, 0];
    for (const [index, [capability, apply]] of reads.entries()) {
      running({ apply }).fails('Bob', 'CAPABILITY', callProbe());
      const chain = running({ apply }, [capability]);
      chain.ok('Alice', registerModule('a'));
      const [event] = readEvents(chain.ok('Alice', callProbe()).events, chain.mechanisms);
      assert.deepEqual(event?.data, { number: expected[index] }, capability);
    }
    assert.throws(() => viewOf(createTestChain().state, 99).balance(bob), CapabilityError);
  });

  it('whose code crashes stop the execution instead of guessing, and say where', () => {
    const chain = running({
      apply: () => {
        throw new TypeError('boom');
      },
    });
    assert.throws(
      () => chain.submit('Alice', callProbe()),
      (error: unknown) => {
        assert.ok(error instanceof ModuleFault);
        assert.deepEqual(error.place, { consensus: PROBE, method: 'do', sender: alice });
        assert.match(error.message, /boom/);
        return true;
      },
    );
  });

  it('that nobody can understand may not stand in a block', () => {
    const chain = running({});
    const refuses = (call: object, code: string): void =>
      assert.throws(() => chain.submit('Alice', { ...callProbe(), ...call }), { name: 'ChainError', code });
    refuses({ consensus: 3 }, 'UNKNOWN_CONSENSUS');
    refuses({ method: 'undo' }, 'UNKNOWN_METHOD');
    refuses({ method: 'constructor' }, 'UNKNOWN_METHOD');
    refuses({ args: new Uint8Array([1]) }, 'BAD_ARGUMENTS');
  });

  it('with checks or weights that crash or lie are refused', () => {
    const boom = (): never => {
      throw new Error('boom');
    };
    const submit = (behaviour: Behaviour) => () => running(behaviour).submit('Alice', callProbe());
    assert.throws(submit({ checks: boom }), { code: 'MODULE_FAULT' });
    for (const weight of [boom, () => -1, () => 0.5, () => Number.NaN])
      assert.throws(submit({ weight }), { code: 'BAD_TRANSACTION' });
    assert.throws(submit({ weight: () => Number.MAX_SAFE_INTEGER }), { code: 'BAD_TRANSACTION' });
  });

  it('get the answers to their checks in order, and pay for each', () => {
    const seen: (readonly boolean[])[] = [];
    const check = { account: alice, signature: new Uint8Array(65), message: new Uint8Array() };
    const chain = running({
      checks: number => new Array(number).fill(check),
      apply(_, __, { verified }) {
        seen.push(verified);
        return ok();
      },
    });
    const none = chain.ok('Alice', callProbe());
    const three = chain.ok('Alice', callProbe(0n, 3));
    assert.deepEqual(seen, [[], [false, false, false]]);
    assert.equal(three.weight - none.weight, 3 * 50);
  });
});
