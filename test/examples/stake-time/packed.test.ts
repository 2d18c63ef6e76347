import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CodecError,
  type ConsensusModule,
  decode,
  encode,
  struct,
  u32,
} from '../../../consensus/interface/index.ts';
import { packPlugin } from '../../../devnet/plugins/package.ts';
import { ROOT } from '../../tidy/sources.ts';
import { params } from './people.ts';

const FOLDER = join(ROOT, 'examples/stake-time');

describe('stake-time tokens as a packed plugin', () => {
  let root = '';
  let module: ConsensusModule;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'stake-time-'));
    const { plugin } = await packPlugin(FOLDER, join(root, 'stake-time.plugin'));
    const file = join(root, 'code.mjs');
    await writeFile(file, plugin.code);
    module = ((await import(pathToFileURL(file).href)) as { default: ConsensusModule }).default;
  });
  after(() => rm(root, { recursive: true }));

  it('refuses wrong arguments as the node knows it, though it brings the interface along in its own file', () => {
    const { codec } = module.calls.setCurve ?? assert.fail();
    const wide = struct({ kPpm: u32, p: u32, tMax: u32, haircutBps: u32 });
    const wrong = encode(wide, { kPpm: 1, p: 1, tMax: 1, haircutBps: 10_001 });
    assert.throws(
      () => decode(codec, wrong),
      error => error instanceof CodecError && error.code === 'OUT_OF_RANGE' && error.path[0] === 'haircutBps',
    );
    assert.throws(
      () => decode(codec, Uint8Array.of(0x94, 1, 1, 1, 0xcd)),
      error => error instanceof CodecError && error.code === 'TRUNCATED' && error.path[0] === 'haircutBps',
    );
    assert.deepEqual(decode(module.params, encode(module.params, params)), params);
  });
});
