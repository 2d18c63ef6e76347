import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  decodePackage,
  discoverPlugins,
  encodePackage,
  PackageError,
  readPlugin,
  writePlugin,
} from '../../../node/package/index.ts';
import { MINIMAL, packed } from './support.ts';

const code = (text: string): Uint8Array => new TextEncoder().encode(text);
const archive = encodePackage({ source: packed('export {};'), code: code('export {};') });

describe('plugin packages', () => {
  it('carry manifest and code in one file', () => {
    const { manifest, code: found } = decodePackage(archive, 'mesh.plugin');
    assert.equal(manifest.name, 'mesh');
    assert.deepEqual(found, code('export {};'));
  });

  it('are refused when the code is another, naming both hashes', () => {
    const forged = encodePackage({ source: packed('export {};'), code: code('evil()') });
    assert.throws(() => decodePackage(forged, 'mesh.plugin'), {
      code: 'CODE_MISMATCH',
      message:
        /^mesh\.plugin: .*commits to sha256 0x[0-9a-f]{64}, 10 bytes; the code has sha256 0x[0-9a-f]{64}/,
    });
    assert.throws(() => decodePackage(encodePackage({ source: MINIMAL, code: code('x') }), 'mesh.plugin'), {
      code: 'CODE_MISMATCH',
      message: /names no \[binary\]/,
    });
  });

  it('are refused by name for any other bytes', () => {
    const damage = fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damage), change => {
        const bytes = change instanceof Uint8Array ? change : Uint8Array.from(archive);
        if (!(change instanceof Uint8Array)) bytes[change[0]] = (bytes[change[0]] ?? 0) ^ change[1];
        try {
          // Inside the manifest's text many a change makes another right one.
          assert.deepEqual(encodePackage(decodePackage(bytes, 'x.plugin')), bytes);
        } catch (error) {
          assert.ok(error instanceof PackageError, String(error));
        }
      }),
    );
  });
});

describe('a plugins directory', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'plugins-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('that does not exist holds nothing', async () => {
    assert.deepEqual(await discoverPlugins(join(root, 'none')), []);
  });

  it('gives back what was written, and replaces an older version whole', async () => {
    await writePlugin(root, decodePackage(archive, 'a'));
    const source = packed('new', MINIMAL.replace('1.0.0', '1.1.0').replace('index.js', 'lib/main.js'));
    await writePlugin(root, decodePackage(encodePackage({ source, code: code('new') }), 'b'));
    const found = await discoverPlugins(root);
    assert.deepEqual(
      found.map(item => item.ok && [item.plugin.manifest.version, item.plugin.code.length]),
      [['1.1.0', 3]],
    );
    await assert.rejects(readPlugin(join(root, 'none')), { code: 'BAD_PACKAGE' });
  });

  it('names each folder that cannot be loaded and still gives the others', async () => {
    await writePlugin(root, decodePackage(archive, 'a'));
    await mkdir(join(root, 'empty'));
    await mkdir(join(root, 'other'));
    await writeFile(join(root, 'other', 'module.toml'), packed('x'));
    await writeFile(join(root, 'other', 'index.js'), 'x');
    await mkdir(join(root, 'tampered'));
    await writeFile(join(root, 'tampered', 'module.toml'), packed('x', MINIMAL.replace('mesh', 'tampered')));
    await writeFile(join(root, 'tampered', 'index.js'), 'y');
    const found = await discoverPlugins(root);
    assert.deepEqual(
      found.map(item => (item.ok ? item.plugin.manifest.name : item.error.code)),
      ['BAD_PACKAGE', 'mesh', 'BAD_MANIFEST', 'CODE_MISMATCH'],
    );
  });
});
