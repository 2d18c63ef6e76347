import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gap, keepLines, type LogLine, logLine, passes } from '../../../devnet/dashboard/logLines.ts';

const line = (time: number, change: Partial<LogLine> = {}): LogLine => ({
  node: 0,
  time,
  level: 'info',
  text: 'block committed',
  extra: 'height=7',
  ...change,
});
const ALL = { node: null, level: 'debug', text: '' } as const;

describe('lines of logs on the page', () => {
  it('are read as the nodes write them, and so are the last words of a process', () => {
    const written = {
      level: 40,
      time: 5,
      node: 'node-1',
      peer: 'x',
      faults: { cut: true },
      msg: 'peer left',
    };
    assert.deepEqual(logLine(1, JSON.stringify(written), 0), {
      node: 1,
      time: 5,
      level: 'warn',
      text: 'peer left',
      extra: 'peer=x faults={"cut":true}',
    });
    for (const words of ['    at file.ts:1:2', '{"level":30,"ti', ''])
      assert.deepEqual(logLine(2, words, 9), { node: 2, time: 9, level: 'error', text: words, extra: '' });
    fc.assert(fc.property(fc.string(), text => void logLine(0, text, 0)));
  });

  it('stay in order of time and as many as wanted, however they arrive', () => {
    const batches = fc.array(fc.array(fc.nat({ max: 50 })), { maxLength: 8 });
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 20 }), (times, most) => {
        let kept: readonly LogLine[] = [];
        for (const batch of times)
          kept = keepLines(
            kept,
            batch.map(time => line(time)),
            most,
          );
        assert.ok(kept.length <= most);
        assert.ok(kept.every(({ time }, i) => time >= (kept[i - 1]?.time ?? 0)));
        if (times.length === 1)
          assert.deepEqual(
            kept.map(({ time }) => time),
            [...(times[0] ?? [])].sort((a, b) => a - b).slice(-most),
          );
      }),
    );
    const same = keepLines([line(3, { text: 'a' })], [line(3, { text: 'b' }), line(1, { text: 'c' })], 9);
    assert.deepEqual(
      same.map(({ text }) => text),
      ['c', 'a', 'b'],
    );
  });

  it('are filtered by node, level and text; what was dropped could have been any', () => {
    const warned = line(1, { level: 'warn', node: 2 });
    assert.equal(passes(warned, ALL), true);
    assert.equal(passes(warned, { ...ALL, node: 1 }), false);
    assert.equal(passes(warned, { ...ALL, level: 'warn' }), true);
    assert.equal(passes(warned, { ...ALL, level: 'error' }), false);
    assert.equal(passes(warned, { ...ALL, text: ' COMMITTED ' }), true);
    assert.equal(passes(warned, { ...ALL, text: 'height=7' }), true);
    assert.equal(passes(warned, { ...ALL, text: 'height=8' }), false);
    assert.equal(passes(gap(3, 1), { node: 1, level: 'error', text: 'x' }), true);
    assert.match(gap(1, 0).text, /^1 line was dropped/);
  });
});
