import assert from 'node:assert/strict';
import fc from 'fast-check';
import { complianceChecks, replayAll } from '../../../consensus/compliance/index.ts';
import { consensus0 } from '../../../consensus/index.ts';
import { codecOf, describe as describeModule, shellOfJson } from '../../../node/plugins/describe.ts';
import { FrameReader, framed } from '../../../node/plugins/frames.ts';
import { subject } from '../../consensus/subject.ts';
import { subject as timeLock } from '../../examples/timeLock.subject.ts';
import { overTheWire } from './overTheWire.ts';

describe('frames', () => {
  it('come out as they went in, however they are cut', () => {
    const property = fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (payloads, cuts) => {
        const all = Buffer.concat(payloads.map(payload => framed(payload, 300)));
        const reader = new FrameReader(300);
        const found: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          reader.push(all.subarray(at, at + size));
          at += size;
          for (let frame = reader.next(); frame !== null; frame = reader.next())
            found.push(new Uint8Array(frame));
        }
        assert.deepEqual(found, payloads);
      },
    );
    fc.assert(property);
  });

  it('over the limit are refused by their length alone', () => {
    const reader = new FrameReader(8);
    reader.push(Uint8Array.of(0, 0, 0, 9));
    assert.throws(() => reader.next(), { code: 'FRAME_TOO_LARGE' });
    assert.throws(() => framed(new Uint8Array(9), 8), { code: 'FRAME_TOO_LARGE' });
  });
});

describe('descriptions', () => {
  it('bring codecs with the same schemas to the node', () => {
    const shell = shellOfJson(JSON.stringify(describeModule(consensus0)));
    assert.deepEqual(describeModule(shell), describeModule(consensus0));
    assert.throws(() => shell.calls.claim?.weight({}), /a process of its own/);
  });

  it('that are none are refused', () => {
    let deep: object = { type: 'bool' };
    for (let depth = 0; depth < 40; depth++) deep = { type: 'optional', item: deep };
    const twice = { name: 'a', schema: { type: 'bool' } };
    for (const bad of [
      null,
      { type: 'map' },
      { type: 'uint', max: -1 },
      { type: 'list', item: null, max: 1 },
      { type: 'struct', fields: [twice, twice] },
      { type: 'struct', fields: [{ ...twice, name: '__proto__' }] },
      deep,
    ])
      assert.throws(() => codecOf(bad), TypeError, JSON.stringify(bad));
  });
});

for (const [name, one] of [
  ['consensus-0', subject],
  ['the time lock of the tutorial', timeLock],
] as const)
  describe(`${name} through the code of a plugin process`, () => {
    const isolated = { ...one, module: overTheWire(one.module) };
    it('gives the outcomes that it gives here', () => {
      assert.equal(replayAll(isolated), replayAll(one));
    });
    for (const { name, run } of complianceChecks(isolated)) it(name, run);
  });
