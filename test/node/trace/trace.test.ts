import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeTransaction } from '../../../chain/index.ts';
import { type Hex, type Op, toHex } from '../../../consensus/interface/index.ts';
import { createRunner, type Runner } from '../../../node/plugins/runner.ts';
import { createTracer, type Tracer, transactionTrace } from '../../../node/trace/tracer.ts';
import type { TracedStep } from '../../../node/trace/types.ts';
import { histories } from '../../chain/kernel/history.ts';
import { PROBE } from '../../support/probe.ts';
import { isolate } from '../plugins/support.ts';
import { silentLog } from '../support/log.ts';
import { greedyOptions, historyOf, type StoredHistory, storedHistory } from './support.ts';
import { type SystemOutcome, storageChanges } from './tools.ts';

const isCall = (encoded: Uint8Array | undefined): boolean =>
  encoded !== undefined && decodeTransaction(encoded).transaction.call.kind === 'call';

const FOREVER = new AbortController().signal;
const quiet = (): void => undefined;

function tracerOf(stored: StoredHistory, runner: Runner, { base = 1, replays = true } = {}): Tracer {
  const { blocks } = stored;
  const starts = new Map<number, number>([[0, 1]]);
  for (const { block } of blocks)
    if (!starts.has(block.header.epoch)) starts.set(block.header.epoch, block.header.height);
  const places = new Map<Hex, { height: number }>(
    blocks.flatMap(({ block, transactionHashes }) =>
      transactionHashes.map(hash => [hash, { height: block.header.height }] as const),
    ),
  );
  return createTracer({
    history: historyOf(stored, runner, base),
    block: async height => blocks[height - 1] ?? null,
    place: hash => places.get(hash) ?? null,
    receipt: async () => null,
    epochStart: epoch => starts.get(epoch) ?? null,
    height: () => blocks.length,
    replays,
    now: Date.now,
    log: silentLog,
  });
}

const here = (): Runner => createRunner(greedyOptions.mechanisms ?? new Map());

/** What a step says in the end: the same wherever the code runs. */
const said = ({ place, kind, closing, answer }: TracedStep) => ({ place, kind, closing, answer });
const readSet = ({ reads }: TracedStep): Set<string> =>
  new Set(
    reads.map(read =>
      JSON.stringify(read, (_, item) =>
        typeof item === 'bigint' ? String(item) : item instanceof Uint8Array ? toHex(item) : item,
      ),
    ),
  );

describe('a trace', function () {
  this.timeout(60_000);

  it('of any transaction says exactly what its block says, and leaves the state alone', async () => {
    let answers = 0;
    const property = fc.asyncProperty(histories, fc.nat(), async (commands, pick) => {
      const stored = storedHistory(commands);
      const history = historyOf(stored, here());
      const all = stored.blocks.flatMap((block, at) =>
        block.transactionHashes.map((hash, index) => ({ at, hash, index })),
      );
      const calls = all.filter(({ at, index }) => isCall(stored.blocks[at]?.block.transactions[index]));
      for (const [from, offset] of [
        [all, 0],
        [all, 7],
        [calls, 0],
        [calls, 1],
        [calls, 2],
      ] as const) {
        if (from.length === 0) continue;
        const { at, hash, index } = from[(pick + offset) % from.length] ?? assert.fail();
        const [before, block] = [stored.states[at] ?? assert.fail(), stored.blocks[at] ?? assert.fail()];
        const { root } = before;
        const { steps, outcome, changes } = await transactionTrace(history, before, block, hash);
        assert.equal(before.root, root);
        assert.deepEqual(outcome, block.outcomes.transactions[index]);
        const [step] = steps;
        assert.ok(steps.length <= 1);
        if (step === undefined || outcome === null) continue;
        answers++;
        const { answer } = step;
        assert.ok(answer.kind === 'outcome' || answer.kind === 'denied' || answer.kind === 'malformed');
        if (!outcome.ok) {
          assert.deepEqual(storageChanges(changes), []);
          continue;
        }
        assert.ok(answer.kind === 'outcome' && answer.outcome.ok);
        assert.deepEqual(
          outcome.events.filter(({ source }) => source === PROBE).map(({ name, data }) => ({ name, data })),
          answer.outcome.events ?? [],
        );
        for (const { key, after } of storageChanges(changes)) {
          const last: Op | undefined = answer.outcome.ops.findLast(
            op => 'key' in op && toHex(op.key) === key,
          );
          assert.ok(last !== undefined, `no op wrote ${key}`);
          assert.deepEqual(last.op === 'put' ? toHex(last.value) : null, after);
        }
      }
    });
    await fc.assert(property, { numRuns: 15 });
    assert.ok(answers > 10, `only ${answers} calls of the module were traced`);
  });

  it('of the close of an epoch follows it over its blocks, with the events that they hold', async () => {
    const property = fc.asyncProperty(histories, async commands => {
      const stored = storedHistory(commands);
      const tracer = tracerOf(stored, here());
      const closed = stored.blocks.flatMap(({ outcomes }) => outcomes.system).filter(({ done }) => done);
      const wanted: SystemOutcome | undefined = closed.at(Math.floor(closed.length / 2));
      if (wanted === undefined) return;
      const { blocks } = await tracer.trace({
        kind: 'epoch',
        epoch: wanted.epoch,
        consensus: wanted.consensus,
      });
      const held = stored.blocks.flatMap(({ outcomes }) =>
        outcomes.system.filter(
          ({ consensus, epoch }) => consensus === wanted.consensus && epoch === wanted.epoch,
        ),
      );
      assert.deepEqual(
        blocks.flatMap(({ closes }) => closes),
        held,
      );
      assert.equal(blocks.flatMap(({ steps }) => steps).length, held.length);
    });
    await fc.assert(property, { numRuns: 10 });
  });

  it('is the same for a module in a process of its own, with what it read and printed', async () => {
    const isolated = await isolate('greedyModule', greedyOptions);
    try {
      const property = fc.asyncProperty(histories, fc.nat(), async (commands, pick) => {
        const stored = storedHistory(commands);
        const calls = stored.blocks.flatMap((block, at) =>
          block.transactionHashes.map(hash => ({ at, hash })),
        );
        const { at, hash } = calls[pick % calls.length] ?? assert.fail();
        const [before, block] = [stored.states[at] ?? assert.fail(), stored.blocks[at] ?? assert.fail()];
        const inside = await transactionTrace(historyOf(stored, here()), before, block, hash);
        const outside = await transactionTrace(historyOf(stored, isolated.runner), before, block, hash);
        assert.deepEqual(outside.steps.map(said), inside.steps.map(said));
        assert.deepEqual(outside.steps.map(readSet), inside.steps.map(readSet));
        assert.deepEqual(outside.changes, inside.changes);
      });
      await fc.assert(property, { numRuns: 10 });
    } finally {
      await isolated.runner.close();
    }
  });

  it('has the state before a block from kept states, or executes earlier blocks again', async () => {
    const [commands] = fc.sample(histories, { numRuns: 1, seed: 4 });
    const stored = storedHistory(commands ?? []);
    const history = historyOf(stored, here());
    const seen: number[] = [];
    const state = await history.stateAfter(20, at => seen.push(at), FOREVER);
    assert.equal(state.root, stored.states[20]?.root);
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    assert.equal(history.nearest(25), 20);
    history.keep(23, stored.states[23] ?? assert.fail());
    assert.equal(history.nearest(25), 23);
    const again: number[] = [];
    await history.stateAfter(25, at => again.push(at), FOREVER);
    assert.deepEqual(again, [24, 25]);
  });

  it('keeps a bounded number of states', async () => {
    const stored = storedHistory([]);
    const history = historyOf(stored, here(), 500);
    for (let height = 1; height <= 600; height++) history.keep(height, stored.chain.state);
    assert.equal(history.nearest(472), null);
    assert.equal(history.nearest(473), 473);
    assert.equal((await history.stateAfter(473, quiet, FOREVER)).root, stored.chain.state.root);
  });

  it('says why there is none', async () => {
    const stored = storedHistory([[], [], [], [], []]);
    const [hash] = stored.blocks[0]?.transactionHashes ?? [];
    const refuses = (tracer: Tracer, target: Parameters<Tracer['trace']>[0], code: string) =>
      assert.rejects(tracer.trace(target), { name: 'TraceError', code });
    const whole = tracerOf(stored, here());
    await refuses(whole, { kind: 'transaction', hash: `0x${'ab'.repeat(32)}` }, 'UNKNOWN_TRANSACTION');
    await refuses(whole, { kind: 'receipt', hash: `0x${'ab'.repeat(32)}` }, 'UNKNOWN_RECEIPT');
    await refuses(whole, { kind: 'epoch', epoch: 900 }, 'EPOCH_NOT_CLOSED');
    const target = { kind: 'transaction', hash: hash ?? assert.fail() } as const;
    await refuses(tracerOf(stored, here(), { base: 3 }), target, 'STATE_PRUNED');
    const closes = { kind: 'epoch', epoch: 0 } as const;
    await refuses(tracerOf(stored, here(), { replays: false }), closes, 'STATE_PRUNED');
    const busy = whole.trace(target);
    await refuses(whole, closes, 'TRACE_BUSY');
    assert.equal((await busy).blocks.length, 1);
  });

  it('of other code than ran then is refused, and names the height', async () => {
    const stored = storedHistory([[], [], [], []]);
    const [first] = stored.blocks;
    assert.ok(first !== undefined);
    const header = { ...first.block.header, stateRoot: `0x${'11'.repeat(32)}` as const };
    const forged = { ...first, block: { ...first.block, header } };
    const history = historyOf(stored, here());
    await assert.rejects(history.execute(stored.states[0] ?? assert.fail(), forged), {
      code: 'TRACE_DIFFERS',
      fields: { height: 1 },
    });
  });
});
