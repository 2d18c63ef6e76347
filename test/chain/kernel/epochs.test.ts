import assert from 'node:assert/strict';
import { getConsensus, getEpoch, ModuleFault, type SystemOutcome } from '../../../chain/index.ts';
import { fail, type Ledger, more, type Outcome, ok } from '../../../consensus/interface/index.ts';
import { accountOf, createTestChain, GENESIS_TIME, readEvents, type TestChain } from '../../support/chain.ts';
import { type Behaviour, callProbe, PROBE, probeEvent, withProbe } from '../../support/probe.ts';

const pot: Ledger = { kind: 'pot' };
const bob: Ledger = { kind: 'account', account: accountOf('Bob') };

const closing = (closeEpoch: NonNullable<Behaviour['closeEpoch']>, epochLength = 5): TestChain =>
  createTestChain(withProbe({ closeEpoch }, { capabilities: ['read_links'] }, { epochLength }));

const ofProbe = (system: readonly SystemOutcome[]) => system.filter(({ consensus }) => consensus === PROBE);

describe('epochs', () => {
  it('are counted in blocks', () => {
    const chain = createTestChain();
    const epochs = Array.from({ length: 12 }, () => chain.block().epoch);
    assert.deepEqual(epochs, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]);
    assert.deepEqual(getEpoch(chain.state), {
      number: 2,
      startHeight: 11,
      startTime: GENESIS_TIME + 11_000,
      length: 5,
      endsNow: false,
    });
  });

  it('are closed in the first block of the next one, by ascending consensus id', () => {
    const closed: number[] = [];
    const chain = closing((block, _, epoch) => {
      closed.push(epoch);
      assert.deepEqual([block.epoch, block.consensus, block.graceEpochs], [epoch + 1, PROBE, 2]);
      return ok([], [probeEvent(epoch)]);
    });
    const { outcomes } = chain.nextEpoch();
    assert.deepEqual(
      outcomes.system.map(({ consensus, epoch, ok, done }) => ({ consensus, epoch, ok, done })),
      [0, PROBE].map(consensus => ({ consensus, epoch: 0, ok: true, done: true })),
    );
    assert.deepEqual(chain.block().outcomes.system, []);
    chain.nextEpoch(2);
    assert.deepEqual(closed, [0, 1, 2]);
  });

  it('whose close takes several blocks go on one step a block, and the next waits', () => {
    const asked: number[] = [];
    const chain = closing((_, __, epoch) => {
      asked.push(epoch);
      const steps = asked.filter(other => other === epoch).length;
      return steps < 4 ? more([], [probeEvent(steps)]) : ok();
    }, 2);
    chain.nextEpoch();
    assert.deepEqual(getConsensus(chain.state, PROBE)?.closing, [0]);
    for (let block = 0; block < 6; block++) chain.block();
    assert.deepEqual(asked, [0, 0, 0, 0, 1, 1, 1]);
    assert.deepEqual(getConsensus(chain.state, PROBE)?.closing, [1, 2, 3]);
  });

  const failures: readonly (readonly [string, string, () => Outcome])[] = [
    ['says no', 'NO_MONEY', () => fail('NO_MONEY', 'none')],
    ['overdraws', 'OVERDRAFT', () => more([{ op: 'transfer', from: pot, to: bob, amount: 99n }])],
  ];
  for (const [what, code, answer] of failures)
    it(`whose close ${what} are done, with nothing applied and loudly`, () => {
      const chain = closing((_, __, epoch) => (epoch === 0 ? answer() : ok()));
      chain.ok('Alice', callProbe(10n));
      const [outcome] = ofProbe(chain.nextEpoch().outcomes.system);
      assert.ok(outcome);
      assert.deepEqual([outcome.ok, outcome.done, outcome.failure?.code], [false, true, code]);
      const [event] = readEvents(outcome.events);
      assert.equal(event?.name, 'CloseFailed');
      assert.deepEqual(getConsensus(chain.state, PROBE)?.closing, []);
      assert.equal(getConsensus(chain.state, PROBE)?.pot, 10n);
      assert.equal(ofProbe(chain.nextEpoch().outcomes.system)[0]?.ok, true);
    });

  it('whose close reads what it may not fail with CAPABILITY; one that crashes stops the block', () => {
    const curious = closing((_, view) => ok([], [probeEvent(Number(view.balance(accountOf('Bob'))))]));
    assert.equal(ofProbe(curious.nextEpoch().outcomes.system)[0]?.failure?.code, 'CAPABILITY');
    const crashing = closing(() => {
      throw new Error('boom');
    });
    assert.throws(() => crashing.nextEpoch(), ModuleFault);
  });

  it('that are never finished are given up after 64, oldest first', () => {
    const chain = closing(() => more(), 1);
    chain.nextEpoch(64);
    assert.equal(getConsensus(chain.state, PROBE)?.closing.length, 64);
    const [given] = ofProbe(chain.nextEpoch().outcomes.system);
    assert.deepEqual([given?.epoch, given?.failure?.code], [0, 'CLOSE_OVERDUE']);
    assert.equal(getConsensus(chain.state, PROBE)?.closing[0], 1);
  });

  it('hold a withdrawal back while the close that settles its last claims is not done', () => {
    const server = accountOf('Bob');
    let stuck = true;
    const chain = closing(() => (stuck ? more() : ok()), 3);
    chain.ok('Alice', { kind: 'reserve', consensus: PROBE, server, amount: 5n });
    chain.ok('Alice', { kind: 'thaw', consensus: PROBE, server, amount: 5n });
    chain.nextEpoch(4);
    const withdraw = { kind: 'withdraw', consensus: PROBE, server } as const;
    chain.fails('Alice', 'SETTLEMENT_PENDING', withdraw);
    stuck = false;
    for (let block = 0; block < 4; block++) chain.block();
    chain.ok('Alice', withdraw);
  });
});
