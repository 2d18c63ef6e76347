/** Histories in which code is installed, upgraded and fails, replayed by the code of each time. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Block, type Code, getConsensus, type KernelCall } from '../../../chain/index.ts';
import { type ConsensusModule, fail } from '../../../consensus/interface/index.ts';
import { codeThatRan, withCode } from '../../../devnet/replay/code.ts';
import { neededCode, type Told } from '../../../devnet/replay/needed.ts';
import { type Replay, replay } from '../../../devnet/replay/replay.ts';
import { keepCode, writePlugin } from '../../../node/package/index.ts';
import { first, second, upgrade } from '../../chain/kernel/registrySupport.ts';
import { packLedger } from '../../node/support/packed.ts';
import { type Recorder, recorderOf } from '../../node/trace/support.ts';
import { createTestChain, VALIDATOR } from '../../support/chain.ts';
import {
  callLedger,
  codeOf,
  hashOfVersion,
  install,
  installationOf,
  LEDGER,
  ledger,
} from '../../support/ledger.ts';

const bad = ledger({ version: '1.5.0', stateVersion: 2, migrate: () => fail('NOT_NOW', 'no') });

/** The ledger from epoch 1 on, an upgrade that fails in epoch 2, one that comes into force in epoch 3; deposits in each. */
function history(): Recorder {
  const code = codeOf(first, second, bad);
  const recorder = recorderOf(createTestChain({ code }), code);
  const { chain, make } = recorder;
  const send = (from: string, call: KernelCall): void => void make([chain.transaction(from, call)]);
  const turn = (epoch: number): void => {
    while (chain.epoch < epoch) make([]);
  };
  send(VALIDATOR, install(installationOf(first, 1)));
  turn(1);
  send('Alice', callLedger('deposit', 10n));
  send(VALIDATOR, upgrade(bad, 2));
  turn(2);
  send('Bob', callLedger('deposit', 20n));
  send(VALIDATOR, upgrade(second, 3));
  turn(3);
  send('Alice', callLedger('deposit', 30n));
  send('Alice', callLedger('takeOut'));
  turn(4);
  return recorder;
}

async function* told({ blocks }: Recorder): AsyncGenerator<Told> {
  for (const { block, outcomes } of blocks) yield { height: block.header.height, events: outcomes.events };
}

async function* blocksOf({ blocks }: Recorder): AsyncGenerator<Block> {
  for (const { block } of blocks) yield block;
}

const replayed = (recorder: Recorder, was: Code, module: ConsensusModule, from: number): Promise<Replay> =>
  replay({
    chainId: recorder.chain.genesis.chainId,
    state: recorder.states[0] ?? assert.fail(),
    was,
    would: state => withCode(was, { id: LEDGER, module }, state),
    from,
    blocks: blocksOf(recorder),
    progress: () => undefined,
  });

/** The same version, which takes no deposits. */
const closed = (module: ConsensusModule): ConsensusModule => ({
  ...module,
  calls: {
    ...module.calls,
    deposit: { ...(module.calls.deposit ?? assert.fail()), apply: () => fail('CLOSED', 'no deposits') },
  },
});

const named = (...modules: readonly ConsensusModule[]) => modules.map(module => ({ id: LEDGER, module }));
const nothing = { named: [], directories: [] };

describe('a replay over upgrades', () => {
  it('knows from the blocks which code ran when, what failed included', async () => {
    const recorder = history();
    const needed = await neededCode(recorder.chain.genesis, told(recorder));
    const last = recorder.chain.height;
    assert.deepEqual(
      needed.filter(({ id }) => id === LEDGER),
      [
        { id: LEDGER, name: 'ledger', version: '1.0.0', codeHash: hashOfVersion(first), from: 6, to: 16 },
        { id: LEDGER, name: 'ledger', version: '1.5.0', codeHash: hashOfVersion(bad), from: 11, to: 11 },
        { id: LEDGER, name: 'ledger', version: '2.0.0', codeHash: hashOfVersion(second), from: 16, to: last },
      ],
    );
    assert.deepEqual(
      needed.filter(({ id }) => id === 0).map(({ from, to }) => [from, to]),
      [[1, last]],
    );
  });

  it('says for which blocks it lacks code, by hash, and where code is looked for', async () => {
    const recorder = history();
    const needed = await neededCode(recorder.chain.genesis, told(recorder));
    await assert.rejects(codeThatRan(needed, { named: named(second), directories: ['/nowhere'] }), error => {
      assert.ok(error instanceof Error && 'hint' in error && error.name === 'CODE_NEEDED');
      assert.ok(
        error.message.includes(
          `blocks 6 to 16: consensus 9 was ledger@1.0.0 with code hash ${hashOfVersion(first)}`,
        ),
      );
      assert.match(error.message, /block 11: consensus 9 was ledger@1\.5\.0/);
      assert.match(error.message, /what was named for it is ledger@2\.0\.0/);
      assert.ok(!error.message.includes('consensus 9 was ledger@2.0.0'));
      assert.match(String(error.hint), /\/nowhere/);
      return true;
    });
  });

  it('of the same code shows nothing, whatever block it begins at', async () => {
    const recorder = history();
    const needed = await neededCode(recorder.chain.genesis, told(recorder));
    const was = await codeThatRan(needed, { ...nothing, named: named(first, second, bad) });
    for (const [from, module] of [
      [1, first],
      [6, first],
      [12, first],
      [17, second],
    ] as const) {
      const state = recorder.states[from - 1] ?? assert.fail();
      if (from === 1) {
        assert.throws(() => withCode(was, { id: LEDGER, module }, state), { name: 'UNKNOWN_CONSENSUS' });
        continue;
      }
      const { differing, calls, balances, to } = await replayed(recorder, was, module, from);
      assert.deepEqual([differing, calls, balances, to], [0, [], [], recorder.chain.height]);
    }
  });

  it('changes the code of one id until the chain replaces it', async () => {
    const recorder = history();
    const was = codeOf(first, second, bad);
    const { calls, heights, balances } = await replayed(recorder, was, closed(first), 7);
    // Both deposits under 1.0.0; the one under 2.0.0 is as it was, and what is taken out is less.
    assert.deepEqual(
      calls.map(({ height, was: before, would }) => [height, before, would]),
      [
        [7, 'ok', 'CLOSED'],
        [12, 'ok', 'CLOSED'],
      ],
    );
    const [difference] = heights;
    assert.equal(difference?.height, 7);
    assert.match(difference?.first ?? '', /^transaction 0x[0-9a-f]{64}: ok, .* now CLOSED, /);
    assert.ok(difference?.row && difference.row.before !== difference.row.after);
    assert.ok(balances.length > 0);
    assert.equal(getConsensus(recorder.chain.state, LEDGER)?.version, '2.0.0');
  });

  it('shows code that would not have come into force', async () => {
    const recorder = history();
    const failing = ledger({ version: '1.0.0', stateVersion: 1, genesis: () => fail('TOO_EARLY', 'no') });
    const { heights, calls } = await replayed(recorder, codeOf(first, second, bad), failing, 6);
    assert.equal(heights[0]?.height, 6);
    assert.match(
      heights[0]?.first ?? '',
      /^event ConsensusActivated \{"consensus":9.*, now ConsensusActivationFailed .*"code":"TOO_EARLY"/,
    );
    assert.match(calls[0]?.would ?? '', /^left out: .*UNKNOWN_CONSENSUS|^left out: /);
  });

  it('refuses code that cannot read the storage of that time', () => {
    const recorder = history();
    const at = (height: number) => recorder.states[height] ?? assert.fail();
    const was = codeOf(first, second, bad);
    assert.throws(() => withCode(was, { id: LEDGER, module: second }, at(8)), {
      name: 'OTHER_STATE_VERSION',
    });
    assert.throws(() => withCode(was, { id: LEDGER, module: first }, at(17)), {
      name: 'OTHER_STATE_VERSION',
    });
  });

  it('finds code that nodes kept, by its hash', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'replay-'));
    try {
      const old = await packLedger('1.0.0', 1);
      await writePlugin(directory, old.plugin);
      const { codeHash } = old.installation(1);
      const known = codeOf(first);
      const code: Code = {
        get: (id, pinned) => (pinned.codeHash === codeHash ? first : known.get(id, pinned)),
      };
      const recorder = recorderOf(createTestChain({ code }), code);
      const { chain, make } = recorder;
      make([chain.transaction(VALIDATOR, install(old.installation(1)))]);
      while (chain.epoch < 1) make([]);
      make([chain.transaction('Alice', callLedger('deposit', 10n))]);
      const needed = await neededCode(chain.genesis, told(recorder));
      const was = await codeThatRan(needed, { named: [], directories: ['/nowhere', directory] });
      const { differing } = await replayed(recorder, was, first, 7);
      assert.equal(differing, 0);
      // Looking for it has changed nothing there; what a node keeps is found without the folder.
      assert.deepEqual(await readdir(directory), ['ledger']);
      await keepCode(directory, old.plugin);
      await rm(join(directory, 'ledger'), { recursive: true });
      await codeThatRan(needed, { named: [], directories: [directory] });
      const { calls } = await replayed(recorder, was, closed(first), 7);
      assert.deepEqual(
        calls.map(({ would }) => would),
        ['CLOSED'],
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
