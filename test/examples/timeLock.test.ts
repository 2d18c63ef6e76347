import assert from 'node:assert/strict';
import { complianceChecks, createHost, processChecks } from '../../consensus/compliance/index.ts';
import { builtinGenesis, consensus0 } from '../../consensus/index.ts';
import { encode } from '../../consensus/interface/index.ts';
import { timeLock } from '../../examples/timeLock.ts';
import { accountOf, createTestChain } from '../support/chain.ts';
import { alice, bob, subject, world } from './timeLock.subject.ts';

const params = { maxEpochs: 10 };

describe('the time lock of the tutorial complies with the interface', () => {
  for (const { name, run } of complianceChecks(subject)) it(name, run);
  const url = new URL('./timeLock.subject.ts', import.meta.url).href;
  for (const { name, run } of processChecks({ url, exportName: 'subject' })) it(name, run);
});

describe('the time lock of the tutorial', () => {
  it('pays what was locked when its epoch begins', () => {
    const host = createHost({ module: timeLock, params, world });
    const lock = { sender: alice, method: 'lock', args: { to: bob, epoch: 2 }, value: 100n };
    assert.deepEqual(host.call(lock), {
      ok: true,
      events: [{ name: 'locked', data: { to: bob, epoch: 2, amount: 100n } }],
    });
    assert.deepEqual(host.query('lockedFor', { to: bob, epoch: 2 }), { amount: 100n });
    assert.deepEqual(host.nextEpoch(), [{ events: [], ops: [] }], 'epoch 1 releases nothing');
    const [step] = host.nextEpoch();
    assert.deepEqual(step?.events, [{ name: 'released', data: { to: bob, epoch: 2, amount: 100n } }]);
    assert.equal(host.books.total(), 1000n);
    assert.deepEqual(host.query('lockedFor', { to: bob, epoch: 2 }), { amount: 0n });
  });

  it('spreads a large release over blocks', () => {
    const host = createHost({
      module: timeLock,
      params,
      world: { ...world, balances: [{ account: alice, amount: 2000n }] },
    });
    for (let index = 0; index < 1200; index++) {
      const to = `0x${index.toString(16).padStart(64, '0')}` as const;
      host.call({ sender: alice, method: 'lock', args: { to, epoch: 1 }, value: 1n });
    }
    assert.deepEqual(
      host.nextEpoch().map(({ events }) => events.length),
      [500, 500, 200],
    );
  });

  it('runs on a chain beside consensus-0', () => {
    const { name, version, stateVersion } = timeLock.info;
    const entry = {
      id: 7,
      name,
      version,
      stateVersion,
      codeHash: `0x${'00'.repeat(32)}`,
      capabilities: [],
      mintCap: 0n,
      params: encode(timeLock.params, params),
    } as const;
    const chain = createTestChain({
      mechanisms: new Map([
        [0, consensus0],
        [7, timeLock],
      ]),
      genesis: { consensus: [...builtinGenesis(), entry] },
    });
    const lock = (epoch: number) =>
      ({
        kind: 'call',
        consensus: 7,
        method: 'lock',
        args: encode(timeLock.calls.lock?.codec ?? assert.fail(), { to: accountOf('Bob'), epoch }),
        value: 5_000n,
      }) as const;
    const before = chain.free('Bob');
    chain.fails('Alice', 'TOO_EARLY', lock(0));
    chain.ok('Alice', lock(1));
    assert.equal(chain.free('Bob'), before);
    chain.nextEpoch();
    assert.equal(chain.free('Bob'), before + 5_000n);
  });
});
