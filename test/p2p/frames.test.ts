import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Control, decodeControl, encodeControl } from '../../p2p/core/control.ts';
import { decodeFrames, encodeFrames, FrameReader } from '../../p2p/core/frames.ts';
import { Outbox } from '../../p2p/core/outbox.ts';
import { ProtocolError } from '../../p2p/core/protocol-error.ts';

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 50 }), (sent, piece) => {
        const wire = encodeFrames(sent);
        const got: Uint8Array[] = [];
        const reader = new FrameReader(300, frame => got.push(frame));
        for (let at = 0; at < wire.length; at += piece) reader.push(wire.subarray(at, at + piece));
        assert.deepEqual(got, sent);
        assert.equal(reader.pending, false);
        assert.deepEqual(decodeFrames(wire, 300), sent);
      }),
    );
  });

  it('above the limit are refused before anything is allocated', () => {
    const reader = new FrameReader(10, () => assert.fail('no frame was complete'));
    assert.throws(() => reader.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff)), ProtocolError);
  });

  it('never make decodeFrames throw anything but a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), wire => {
        try {
          assert.deepEqual(encodeFrames(decodeFrames(wire, 100)), wire);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
    );
  });

  it('do not share memory with the bytes they came from', () => {
    const wire = encodeFrames([Uint8Array.of(1, 2, 3)]);
    const [frame] = decodeFrames(Buffer.from(wire.buffer), 10);
    wire.fill(0);
    assert.deepEqual(frame, Uint8Array.of(1, 2, 3));
  });
});

describe('control frames', () => {
  const controls: Control[] = [
    { kind: 'hello', hello: Uint8Array.of(1, 2) },
    { kind: 'hello', hello: new Uint8Array() },
    { kind: 'accept' },
    { kind: 'refuse', reason: 'genesis differs: ours 1, theirs 2' },
    { kind: 'ping', nonce: 0xffffffff },
    { kind: 'pong', nonce: 0 },
  ];
  for (const control of controls)
    it(`carry ${JSON.stringify(control)}`, () =>
      assert.deepEqual(decodeControl(encodeControl(control)), control));

  it('of any bytes decode or give a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), wire => {
        try {
          decodeControl(wire);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
    );
  });

  it('carry no control characters into a terminal', () => {
    const wire = encodeControl({ kind: 'refuse', reason: 'red \u001b[31m\n' });
    assert.deepEqual(decodeControl(wire), { kind: 'refuse', reason: 'red  [31m ' });
  });

  it('cut a reason that the other side would not take', () => {
    const control = decodeControl(encodeControl({ kind: 'refuse', reason: 'x'.repeat(10_000) }));
    assert.equal(control.kind === 'refuse' && control.reason.length, 1024);
  });
});

describe('an outbox', () => {
  it('gives frames in order and drops the oldest above its limit', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 30 })), { maxLength: 5_000 }), steps => {
        const outbox = new Outbox(100);
        const model: Uint8Array[] = [];
        for (const size of steps) {
          if (size === null) assert.equal(outbox.shift(), model.shift());
          else {
            const frame = new Uint8Array(size);
            model.push(frame);
            let dropped = 0;
            while (model.length > 1 && total(model) > 100) {
              model.shift();
              dropped++;
            }
            assert.equal(outbox.push(frame), dropped);
          }
          assert.equal(outbox.peek(), model[0]);
          assert.equal(outbox.bytes, total(model));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps a single frame above its limit', () => {
    const outbox = new Outbox(1);
    assert.equal(outbox.push(new Uint8Array(10)), 0);
    assert.equal(outbox.push(new Uint8Array(20)), 1);
    assert.equal(outbox.shift()?.length, 20);
  });
});

function total(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}
