/** Code that is found by its hash. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  codeHash,
  findCode,
  keepCode,
  keptDirectory,
  type Package,
  parseManifest,
  renewCode,
  writePlugin,
} from '../../../node/package/index.ts';
import { withDirectory } from '../support/cluster.ts';
import { MINIMAL, packed } from './support.ts';

const CODE = 'export default 1;\n';
const HASH = codeHash(new TextEncoder().encode(CODE));

const mesh = (description = 'A mesh'): Package => {
  const source = packed(CODE, `${MINIMAL}\ndescription = "${description}"`);
  return { manifest: parseManifest(source), source, code: new TextEncoder().encode(CODE) };
};

describe('code by its hash', () => {
  it('is kept when its folder is gone, however many look for it at once', () =>
    withDirectory(async root => {
      assert.equal(await findCode(root, HASH), null);
      await writePlugin(root, mesh());
      const found = await Promise.all(Array.from({ length: 8 }, () => findCode(root, HASH)));
      for (const one of found) assert.equal(one?.file, join(keptDirectory(root, HASH), 'index.js'));
      assert.deepEqual(await readdir(dirname(keptDirectory(root, HASH))), [HASH.slice(2)]);
      await rm(join(root, 'mesh'), { recursive: true });
      assert.deepEqual((await findCode(root, HASH))?.plugin.code, mesh().code);
    }));

  it('is taken from its folder again when somebody changed what was kept', () =>
    withDirectory(async root => {
      await writePlugin(root, mesh());
      const file = (await findCode(root, HASH))?.file ?? assert.fail();
      await writeFile(file, 'export default 2;\n');
      assert.equal((await findCode(root, HASH))?.file, file);
      assert.equal(await readFile(file, 'utf8'), CODE);
      await rm(join(root, 'mesh'), { recursive: true });
      await writeFile(file, 'export default 2;\n');
      assert.equal(await findCode(root, HASH), null);
    }));

  it('is bound by the manifest that was verified last, with nothing left of the other', () =>
    withDirectory(async root => {
      await renewCode(root, mesh());
      assert.equal(await findCode(root, HASH), null);
      await keepCode(root, mesh());
      // Meanwhile it is read, and is there whole at any time.
      const renewals = [1, 2, 3, 4].map(() => renewCode(root, mesh('Another')));
      const readers = renewals.map(async () => assert.notEqual(await findCode(root, HASH), null));
      await Promise.all([...renewals, ...readers]);
      assert.equal((await findCode(root, HASH))?.plugin.manifest.description, 'Another');
      assert.deepEqual(await readdir(dirname(keptDirectory(root, HASH))), [HASH.slice(2)]);
    }));

  it('is not taken from what was put under a name that is not its hash', () =>
    withDirectory(async root => {
      await mkdir(keptDirectory(root, HASH), { recursive: true });
      assert.equal(await findCode(root, HASH), null);
    }));
});
