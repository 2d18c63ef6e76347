/** Stake-time tokens on the real state transition, beside consensus-0. */
import assert from 'node:assert/strict';
import { getConsensus, getSupply } from '../../../chain/index.ts';
import { builtinGenesis, consensus0 } from '../../../consensus/index.ts';
import { encode } from '../../../consensus/interface/index.ts';
import { stakeTime } from '../../../examples/stake-time/src/index.ts';
import { accountOf, createTestChain, type TestChain } from '../../support/chain.ts';
import { params } from './people.ts';

const ID = 7;
const MILLION = 1_000_000n;

function chainWith(mintCap: bigint): TestChain {
  const { name, version, stateVersion, requires } = stakeTime.info;
  const entry = {
    id: ID,
    name,
    version,
    stateVersion,
    codeHash: `0x${'00'.repeat(32)}`,
    capabilities: requires,
    mintCap,
    params: encode(stakeTime.params, { ...params, rewardPerEpoch: MILLION, governor: accountOf('Bob') }),
  } as const;
  return createTestChain({
    mechanisms: new Map([
      [0, consensus0],
      [ID, stakeTime],
    ]),
    genesis: { consensus: [...builtinGenesis(), entry] },
  });
}

const call = (method: string, args: object, value = 0n) =>
  ({
    kind: 'call',
    consensus: ID,
    method,
    args: encode(stakeTime.calls[method]?.codec ?? assert.fail(), args),
    value,
  }) as const;
const pot = (chain: TestChain): bigint => getConsensus(chain.state, ID)?.pot ?? assert.fail();

describe('stake-time tokens on a chain', () => {
  it('pay new money within the cap, and give back what was locked', () => {
    const chain = chainWith(MILLION);
    const { minted } = getSupply(chain.state);
    chain.ok('Alice', call('lock', { epochs: 2 }, 10n * MILLION));
    chain.ok('Bob', call('lock', { epochs: 2 }, 30n * MILLION));
    chain.fails('Alice', 'LOCKED', call('withdraw', { lock: 1 }));
    chain.fails('Bob', 'NO_SUCH_LOCK', call('exit', { lock: 1 }));
    chain.nextEpoch(7);
    assert.equal(getSupply(chain.state).minted - minted, 2n * MILLION);
    const before = { alice: chain.free('Alice'), bob: chain.free('Bob') };
    const fees = [
      chain.ok('Alice', call('withdraw', { lock: 1 })).fee,
      chain.ok('Bob', call('withdraw', { lock: 2 })).fee,
    ];
    const paid = {
      alice: chain.free('Alice') + (fees[0] ?? 0n) - before.alice,
      bob: chain.free('Bob') + (fees[1] ?? 0n) - before.bob,
    };
    // Less than a unit each stays behind for whoever locks next.
    assert.deepEqual(paid, { alice: 10_500_000n - 1n, bob: 31_500_000n - 1n });
    assert.equal(pot(chain), 2n);
  });

  it('pay nothing where the cap is too low, say so each epoch, and still give the money back', () => {
    const chain = chainWith(MILLION - 1n);
    chain.ok('Alice', call('lock', { epochs: 2 }, 10n * MILLION));
    chain.nextEpoch();
    const failed = chain.nextEpoch().outcomes.system.filter(({ failure }) => failure !== null);
    assert.deepEqual(
      failed.map(({ failure }) => failure?.code),
      ['MINT_CAP'],
    );
    chain.nextEpoch();
    assert.equal(pot(chain), 10n * MILLION);
    const before = chain.free('Alice');
    const { fee } = chain.ok('Alice', call('withdraw', { lock: 1 }));
    assert.equal(chain.free('Alice') + fee - before, 10n * MILLION);
    chain.fails('Alice', 'NOTHING_DUE', call('claim', { lock: 1 }));
    assert.equal(pot(chain), 0n);
  });
});
