/** The whole life of a module in the metered machine, block by block against the same code in this process. */
import assert from 'node:assert/strict';
import type { Installation } from '../../../chain/index.ts';
import { getConsensus, TOKEN, viewOf } from '../../../chain/index.ts';
import type { ConsensusModule } from '../../../consensus/interface/index.ts';
import { createTestChain, readEvents, type TestChain, VALIDATOR } from '../../support/chain.ts';
import { callLedger, codeOf, install, installationOf, LEDGER } from '../../support/ledger.ts';
import { overTheWire } from '../plugins/overTheWire.ts';
import * as ledgers from './ledgers.ts';
import { bundled, inMachine } from './support.ts';

type Name = keyof typeof ledgers;
type Versions = Readonly<Record<Name, ConsensusModule>>;

const EMPTY = new Uint8Array();
/** Of a genesis, a close, a migration: a hundredth of what a node gives, which takes seconds. */
const FUEL = 20_000_000;

describe('the life of a module in the metered machine', function () {
  this.timeout(60_000);
  let metered: Versions;
  before(async () => {
    const code = await bundled('./ledgers.ts', import.meta.url);
    const entries = Object.entries(ledgers) as [Name, ConsensusModule][];
    metered = Object.fromEntries(
      entries.map(([name, module]) => [
        name,
        overTheWire(module, inMachine(code, name, undefined, FUEL).code),
      ]),
    ) as Versions;
  });

  it('from genesis over calls, closes in steps, a migration and queries leaves the roots that it leaves here', () => {
    const here = life(ledgers);
    assert.deepEqual(life(metered), here);
    // What is compared is what was meant: closes that went on, rows that moved, and their answers.
    assert.ok(here.filter(({ closing }) => closing).length >= 4);
    assert.deepEqual(
      here.map(({ total }) => total).filter((total, at, all) => total !== all[at - 1]),
      [null, 0n, TOKEN, 3n * TOKEN, 2n * TOKEN],
    );
  });

  it('ends a migration without end for want of fuel, whole: what was before goes on', () => {
    const chain = begun(metered);
    chain.ok(VALIDATOR, install(upgradeTo(metered.endless, chain)));
    assert.deepEqual(failureOf(chain), { code: 'OUT_OF_FUEL', message: 'its fuel is spent' });
    assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.0');
    chain.ok('Alice', callLedger('deposit', TOKEN));
  });

  it('has no answer of a migration or a genesis that throws, which fails as it does here', () => {
    const failures = [ledgers, metered].map(versions => {
      const chain = begun(versions);
      chain.ok(VALIDATOR, install(upgradeTo(versions.throwing, chain)));
      return { failure: failureOf(chain), root: chain.state.root };
    });
    assert.deepEqual(failures[1], failures[0]);
    assert.equal(failures[0]?.failure?.code, 'ACTIVATION_FAULT');
  });

  it('ends a genesis without end, and nothing stands under its id', () => {
    const chain = chainOf(metered);
    chain.ok(VALIDATOR, install(installationOf(metered.neverBorn, 1)));
    assert.equal(failureOf(chain)?.code, 'OUT_OF_FUEL');
    assert.equal(getConsensus(chain.state, LEDGER), undefined);
  });
});

const chainOf = (versions: Versions): TestChain =>
  createTestChain({ code: codeOf(...Object.values(versions)) });

/** With version 1 in force. */
function begun(versions: Versions): TestChain {
  const chain = chainOf(versions);
  chain.ok(VALIDATOR, install(installationOf(versions.first, 1)));
  chain.nextEpoch();
  assert.equal(getConsensus(chain.state, LEDGER)?.version, '1.0.0');
  return chain;
}

const upgradeTo = (module: ConsensusModule, { epoch }: TestChain): Installation =>
  installationOf(module, epoch + 1, { params: EMPTY });

/** What the event says that was to come into force. A close of before goes on first. */
function failureOf(chain: TestChain): { code: string; message: string } | undefined {
  for (let blocks = 0; blocks < 12; blocks++) {
    const found = chain.block().outcomes.events.find(({ name }) => name === 'ConsensusActivationFailed');
    if (found === undefined) continue;
    const [{ data } = assert.fail()] = readEvents([found]);
    const { code, message } = data as { code: string; message: string };
    return { code, message };
  }
  return undefined;
}

interface Moment {
  readonly root: string;
  readonly closing: boolean;
  readonly total: bigint | null;
}

/** A story with everything in it: the root after each block, and what the query says. */
function life(versions: Versions): readonly Moment[] {
  const chain = chainOf(versions);
  const moments: Moment[] = [];
  const look = (): void => {
    const entry = getConsensus(chain.state, LEDGER);
    const version = [versions.first, versions.second].find(({ info }) => info.version === entry?.version);
    const total = version?.queries?.total?.run(viewOf(chain.state, LEDGER), {}, infoOf(chain));
    moments.push({
      root: chain.state.root,
      closing: (entry?.closing.length ?? 0) > 0,
      total: total === undefined ? null : (total as { amount: bigint }).amount,
    });
  };
  const steps: readonly (() => unknown)[] = [
    () => chain.ok(VALIDATOR, install(installationOf(versions.first, 1))),
    () => chain.nextEpoch(),
    () => chain.ok('Alice', callLedger('deposit', TOKEN)),
    () => chain.ok('Bob', callLedger('deposit', 2n * TOKEN)),
    () => chain.fails('Bob', 'NO_VALUE', callLedger('deposit')),
    () => chain.nextEpoch(),
    () => chain.block(),
    () => chain.block(),
    () => chain.ok(VALIDATOR, install(upgradeTo(versions.second, chain))),
    () => chain.nextEpoch(),
    () => chain.block(),
    () => chain.block(),
    () => chain.nextEpoch(),
    () => chain.ok('Alice', callLedger('takeOut')),
  ];
  look();
  for (const step of steps) {
    step();
    look();
  }
  assert.equal(getConsensus(chain.state, LEDGER)?.version, '2.0.0');
  return moments;
}

const infoOf = ({ height, epoch }: TestChain) => ({
  chainId: 'test-chain',
  consensus: LEDGER,
  height,
  epoch,
  time: 0,
  graceEpochs: 2,
});
