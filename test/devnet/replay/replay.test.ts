import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Block, revertOf } from '../../../chain/index.ts';
import { ok } from '../../../consensus/interface/index.ts';
import { type ReplayOptions, replay } from '../../../devnet/replay/replay.ts';
import { dev, dumpOf, nameOf, partsOf } from '../../chain/kernel/dump/support.ts';
import { greedy, histories, transactionsOf } from '../../chain/kernel/history.ts';
import { greedyOptions, recorderOf, type StoredHistory, storedHistory } from '../../node/trace/support.ts';
import { createTestChain, VALIDATOR } from '../../support/chain.ts';
import { type Behaviour, PROBE, probe } from '../../support/probe.ts';

async function* blocksOf({ blocks }: StoredHistory): AsyncGenerator<Block> {
  for (const { block } of blocks) yield block;
}

const under = (
  stored: StoredHistory,
  behaviour: Behaviour,
  from = 1,
): Promise<Awaited<ReturnType<typeof replay>>> => {
  const was = greedyOptions.mechanisms ?? new Map();
  const options: ReplayOptions = {
    chainId: stored.chain.genesis.chainId,
    state: stored.states[0] ?? assert.fail(),
    was,
    would: () => new Map([...was, [PROBE, probe(behaviour)]]),
    from,
    blocks: blocksOf(stored),
    progress: () => undefined,
  };
  return replay(options);
};

describe('a replay', function () {
  this.timeout(60_000);

  it('with the same code shows no difference, over random histories', async () => {
    const property = fc.asyncProperty(histories, async commands => {
      const stored = storedHistory(commands);
      const found = await under(stored, greedy);
      assert.deepEqual(found, {
        from: 1,
        to: stored.blocks.length,
        differing: 0,
        heights: [],
        calls: [],
        balances: [],
        stopped: null,
      });
    });
    await fc.assert(property, { numRuns: 6 });
  });

  it('comes to the same state over a load', async () => {
    const [commands = [], after = []] = fc.sample(histories, { numRuns: 2, seed: 1 });
    const bytes = dumpOf(storedHistory(commands).chain);
    const dump = nameOf(bytes);
    const stored = recorderOf(createTestChain({ accounts: [], ...greedyOptions }));
    for (const call of [...partsOf(bytes, dump), dev({ kind: 'load', dump })])
      stored.make([stored.chain.transaction(VALIDATOR, call)]);
    const { height } = stored.chain;
    assert.equal(revertOf(stored.chain.state, 1), height, 'it was loaded');
    for (const block of after) stored.make(transactionsOf(stored.chain, block));
    const { differing, to } = await under(stored, greedy);
    assert.deepEqual([differing, to], [0, stored.blocks.length]);
    assert.ok(stored.chain.height > height + 20);
  });

  it('with a dearer call shows exactly who pays more, and nothing before the height', async () => {
    let changed = 0;
    const property = fc.asyncProperty(histories, async commands => {
      // A balance that is set hides what was paid before (seed 1014448856).
      const stored = storedHistory(commands.map(block => block.filter(({ kind }) => kind !== 'dev')));
      const dearer: Behaviour = { ...greedy, weight: () => 11 };
      const from = 5;
      const found = await under(stored, dearer, from);
      const calls = stored.blocks.filter(({ block, outcomes }) => {
        if (block.header.height < from) return false;
        return outcomes.transactions.some(({ events }) => events.some(({ source }) => source === PROBE));
      });
      assert.ok(found.heights.every(({ height }) => height >= from));
      // Until somebody cannot pay any more, the first block that differs is the first with a call.
      const [first] = found.heights;
      if (calls.length > 0) {
        changed++;
        assert.ok(first !== undefined && first.height <= (calls[0]?.block.header.height ?? 0));
        assert.match(first.first ?? '', /^transaction 0x[0-9a-f]{64}: .*fee \d+, now .*fee \d+$/);
        const moved = found.balances.reduce((sum, { was, would }) => sum + would - was, 0n);
        if (found.calls.length === 0) assert.equal(moved, 0n, 'what senders pay more the proposer earns');
      } else if (first === undefined) assert.deepEqual(found.balances, []);
    });
    await fc.assert(property, { numRuns: 8 });
    assert.ok(changed > 0);
  });

  it('names calls that now fail, and the row that differs first', async () => {
    const [commands = []] = fc.sample(histories, { numRuns: 1, seed: 11 });
    const stored = storedHistory(commands);
    const found = await under(stored, {
      ...greedy,
      apply: () => ({ ok: false, code: 'CLOSED_TODAY', message: 'no' }),
    });
    assert.ok(found.calls.length > 0);
    for (const { was, would } of found.calls)
      assert.ok(would === 'CLOSED_TODAY' && was !== would, `${was} ${would}`);
    assert.ok(found.heights.some(({ row }) => row !== null));
  });

  it('ends where the changed code crashes in a close, with its reason and lines', async () => {
    const stored = storedHistory([[], [], [], []]);
    const found = await under(stored, {
      ...greedy,
      closeEpoch: (block, view, closing) => {
        if (block.height >= 4) throw new Error('a bug');
        return greedy.closeEpoch?.(block, view, closing) ?? ok();
      },
    });
    assert.equal(found.stopped?.height, 4);
    assert.match(found.stopped?.reason ?? '', /a bug/);
    assert.ok(found.stopped?.stack.some(line => line.includes('replay.test.ts')));
    // The two states of one height are compared, not those of neighbours.
    assert.equal(found.to, 3);
    assert.deepEqual(found.balances, []);
  });

  it('of a history that the code here does not reproduce is refused', async () => {
    const stored = storedHistory([[], []]);
    const [first] = stored.blocks;
    assert.ok(first !== undefined);
    const header = { ...first.block.header, stateRoot: `0x${'11'.repeat(32)}` as const };
    const forged = [{ ...first, block: { ...first.block, header } }];
    await assert.rejects(under({ ...stored, blocks: forged }, greedy), { code: 'REPLAY_DIFFERS' });
  });
});
