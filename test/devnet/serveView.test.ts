import assert from 'node:assert/strict';
import { createView, type Screen, summaryOf, trafficTable } from '../../devnet/commands/serveView.ts';
import type { ServerStatus } from '../../module/index.ts';

const IDLE: ServerStatus = {
  epoch: 7,
  running: 0,
  waiting: 0,
  counters: { answered: 0, refused: 0, failed: 0, earned: 0n, wrongTallies: 0 },
  functions: { hello: { answered: 0, earned: 0n, failed: {}, refused: {} } },
  others: {},
  unsettled: 0n,
  dues: [],
};
const BUSY: ServerStatus = {
  ...IDLE,
  running: 2,
  waiting: 5,
  counters: { answered: 12, refused: 3, failed: 1, earned: 12_000_000n, wrongTallies: 0 },
  functions: {
    hello: {
      answered: 12,
      earned: 12_000_000n,
      failed: { FUNCTION_TIMEOUT: 1 },
      refused: { REPLAY: 1, INSUFFICIENT_RESERVE: 2 },
    },
  },
  others: { UNKNOWN_FUNCTION: 4 },
  unsettled: 2_000_000n,
  dues: [{ epoch: 5, epochsLeft: 1, clients: 1, amount: 1_000_000n, why: 'the node does not answer' }],
};

function screen(columns?: number) {
  const shown: (readonly [string, unknown])[] = [];
  const to = (kind: string) => (value: unknown) => void shown.push([kind, value]);
  return {
    shown,
    screen: { event: to('event'), note: to('note'), line: to('line'), columns } satisfies Screen,
  };
}

/** Shows what is there at the start and at the end. */
function follow(json: boolean, columns?: number) {
  const { shown, screen: on } = screen(columns);
  const view = createView(json, on);
  let status = IDLE;
  view.follow(() => status);
  view.log.warn({ epoch: 5, gone: undefined }, 'look out');
  status = BUSY;
  view.end();
  return shown;
}

describe('what devnet serve shows', () => {
  it('one line: traffic, money, and what could be lost', () => {
    assert.equal(summaryOf(IDLE), 'epoch 7 · 0 answered · earned 0 · unsettled 0');
    assert.equal(
      summaryOf(BUSY),
      'epoch 7 · 12 answered · 1 failed · 3 refused · 2 running · 5 waiting · earned 0.012 · unsettled 0.002 · ' +
        '0.001 of epoch 5 lost unless claimed in 1 epoch(s): the node does not answer',
    );
  });

  it('a table: calls, failures and refusals by name', () => {
    const text = trafficTable(BUSY);
    for (const part of [
      'hello',
      '12',
      '1 FUNCTION_TIMEOUT',
      '1 REPLAY, 2 INSUFFICIENT_RESERVE',
      '0.012',
      '4 UNKNOWN_FUNCTION',
    ])
      assert.ok(text.includes(part), `${part} in\n${text}`);
  });

  it('events for programs', () => {
    assert.deepEqual(follow(true), [
      ['event', { event: 'traffic', ...IDLE }],
      ['event', { event: 'log', level: 'warn', message: 'look out', epoch: 5, gone: undefined }],
      ['event', { event: 'traffic', ...BUSY }],
    ]);
  });

  it('a log where nobody looks', () => {
    assert.deepEqual(follow(false), [
      ['note', summaryOf(IDLE)],
      ['note', 'look out epoch=5'],
      ['note', summaryOf(BUSY)],
    ]);
  });

  it('a line on a terminal that makes way for messages, as wide as there is room', () => {
    const shown = follow(false, 30);
    const first = summaryOf(IDLE).slice(0, 29);
    assert.deepEqual(shown.slice(0, 2), [
      ['line', first],
      ['line', ''],
    ]);
    assert.match(String(shown[2]?.[1]), /look out epoch=5/);
    assert.deepEqual(shown.slice(3), [
      ['line', first],
      ['line', summaryOf(BUSY).slice(0, 29)],
      ['line', ''],
    ]);
  });
});
