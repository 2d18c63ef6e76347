/** A packed plugin brings its own copy of the interface: its errors must mean what the node's own do. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as own from '../../../consensus/interface/index.ts';
import { ROOT } from '../../tidy/sources.ts';

describe('another copy of the interface', () => {
  let copy: typeof own;
  before(async () => {
    const { outputFiles } = await build({
      entryPoints: [join(ROOT, 'consensus/interface/index.ts')],
      bundle: true,
      write: false,
      format: 'esm',
    });
    const [file] = outputFiles;
    assert.ok(file);
    copy = await import(`data:text/javascript,${encodeURIComponent(file.text)}`);
    assert.notEqual(copy.CodecError, own.CodecError);
  });

  it('throws errors that are known here, and knows those from here', () => {
    assert.ok(new copy.CodecError('TOO_LARGE', 'x') instanceof own.CodecError);
    assert.ok(new own.CodecError('TOO_LARGE', 'x') instanceof copy.CodecError);
    assert.ok(new copy.CapabilityError('mint') instanceof own.CapabilityError);
    for (const other of [
      new Error('x'),
      new own.CapabilityError('mint'),
      null,
      'CodecError',
      { name: 'CodecError' },
    ])
      assert.ok(!(other instanceof own.CodecError));
    assert.ok(!(new own.CodecError('TOO_LARGE', 'x') instanceof own.CapabilityError));
  });

  it('names the field of what it refuses, whichever copy reads', () => {
    const codec = copy.struct({ share: copy.bps });
    const tooMuch = own.encode(own.struct({ share: own.u16 }), { share: 10_001 });
    assert.throws(() => own.decode(codec, tooMuch), {
      name: 'CodecError',
      message: 'share: 10001 is above 10000',
    });
    const cut = tooMuch.slice(0, -1);
    assert.throws(() => own.decode(codec, cut), { code: 'TRUNCATED', path: ['share'] });
  });
});
