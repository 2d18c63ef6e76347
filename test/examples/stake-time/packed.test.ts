import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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
import { FOLDER, withPacked } from './pack.ts';
import { params } from './people.ts';

describe('stake-time tokens as a packed plugin', () => {
  it('are built as a stranger builds: from their own files and the published interface', () => {
    const src = join(FOLDER, 'src');
    const targets = readdirSync(src)
      .flatMap(name => [...readFileSync(join(src, name), 'utf8').matchAll(/from '([^']+)'/g)])
      .map(([, target = '']) => target);
    assert.ok(targets.length > 10);
    assert.deepEqual(
      targets.filter(target => target !== 'devnet/consensus' && !/^\.\/\w+\.ts$/.test(target)),
      [],
    );
  });

  it('refuse wrong arguments as the node knows it, though they bring the interface along in their own file', () =>
    withPacked(7, params, async ({ file }) => {
      const { default: module } = (await import(pathToFileURL(file).href)) as { default: ConsensusModule };
      const { codec } = module.calls.setCurve ?? assert.fail();
      const wide = struct({ kPpm: u32, p: u32, tMax: u32, haircutBps: u32 });
      const wrong = encode(wide, { kPpm: 1, p: 1, tMax: 1, haircutBps: 10_001 });
      const refused = (bytes: Uint8Array, code: string) =>
        assert.throws(
          () => decode(codec, bytes),
          error => error instanceof CodecError && error.code === code && error.path[0] === 'haircutBps',
        );
      refused(wrong, 'OUT_OF_RANGE');
      refused(Uint8Array.of(0x94, 1, 1, 1, 0xcd), 'TRUNCATED');
      assert.deepEqual(decode(module.params, encode(module.params, params)), params);
    }));
});
