import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { keyPairFromUri } from '../../chain/index.ts';
import { findPlugin } from '../../devnet/plugins/installed.ts';
import { buildPackage, packPlugin, readPackage, signPlugin } from '../../devnet/plugins/package.ts';
import { encodePackage, judgeSignatures, writePlugin } from '../../node/package/index.ts';

const alice = keyPairFromUri('//Alice');
const bob = keyPairFromUri('//Bob', 'ed25519');

const MANIFEST = `# Written by hand.
name = "mesh"
version = "1.0.0"
entry_point = "dist/index.js"
[signatures]
threshold = "2-of-2"
maintainers = [
  { name = "alice", public_key = "${alice.address}" },
  { name = "bob", public_key = "${bob.address}" },
]
`;
const SOURCE = `import { twice } from './twice.ts';
export default { answer: twice(21) as number };
`;

describe('packing and signing a plugin', () => {
  let root = '';
  const folder = async (name: string, index = SOURCE): Promise<string> => {
    const path = join(root, name);
    await mkdir(join(path, 'src'), { recursive: true });
    await writeFile(join(path, 'module.toml'), MANIFEST);
    await writeFile(join(path, 'src/index.ts'), index);
    await writeFile(join(path, 'src/twice.ts'), 'export const twice = (n: number): number => 2 * n;\n');
    return path;
  };
  const pack = async (name: string, index?: string) =>
    packPlugin(await folder(name, index), join(root, `${name}.plugin`));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pack-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('gives the same bytes wherever the folder lies: one module, without imports', async () => {
    const { plugin } = await pack('here');
    const { plugin: other } = await pack('some/where/else');
    assert.deepEqual(encodePackage(plugin), encodePackage(other));
    const text = Buffer.from(plugin.code).toString('utf8');
    assert.doesNotMatch(text, /^import /m);
    const loaded = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as {
      default: { answer: number };
    };
    assert.equal(loaded.default.answer, 42);
  });

  it('names file and line of what does not compile, and refuses modules of Node', async () => {
    await assert.rejects(pack('broken', 'export default {\n  a: ;\n};\n'), {
      name: 'BUILD_FAILED',
      message: /^src\/index\.ts:2:\d+: /,
    });
    await assert.rejects(pack('greedy', "import fs from 'node:fs';\nexport default fs;\n"), {
      name: 'BUILD_FAILED',
      message: /^src\/index\.ts:1:\d+: Could not resolve "node:fs"/,
    });
    await assert.rejects(packPlugin(join(root, 'nowhere'), undefined), { code: 'BAD_PACKAGE' });
  });

  it('collects the signatures of its maintainers, and of nobody else', async () => {
    const { file } = await pack('mesh');
    await signPlugin(file, alice);
    const { manifest } = await signPlugin(file, bob);
    assert.equal(judgeSignatures(manifest, new Set([alice.account, bob.account])).approved, true);
    await assert.rejects(signPlugin(file, keyPairFromUri('//Eve')), {
      code: 'BAD_SIGNATURE',
      message: /is no maintainer of .*: alice, bob are$/,
    });
  });

  it('loses the signatures when it is packed again', async () => {
    const { file } = await pack('mesh');
    await signPlugin(file, alice);
    await pack('mesh', SOURCE.replace('21', '20'));
    const { manifest } = await readPackage(file);
    assert.deepEqual(judgeSignatures(manifest, new Set()).signed, []);
  });

  it('is another version for its author alone: in manifest and code, unsigned, with the files that it is made of', async () => {
    const path = await folder('mesh');
    const { plugin, inputs } = await buildPackage(path, '1.0.0-dev.7');
    assert.equal(plugin.manifest.version, '1.0.0-dev.7');
    assert.equal(plugin.manifest.signatures, undefined);
    assert.deepEqual(inputs.map(file => relative(path, file)).sort(), ['src/index.ts', 'src/twice.ts']);
    const text = Buffer.from(plugin.code).toString('utf8');
    const { default: module } = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as {
      default: { answer: number; info: { version: string } };
    };
    assert.deepEqual([module.answer, module.info.version], [42, '1.0.0-dev.7']);
    // Errors keep the author's lines.
    await folder('mesh', 'export default {\n  a: ;\n};\n');
    await assert.rejects(buildPackage(path, '1.0.0-dev.8'), { message: /^src\/index\.ts:2:6: / });
  });

  it('is found as a file, as a folder and by its name', async () => {
    const { file, plugin } = await pack('mesh');
    const folderOf = await writePlugin(join(root, 'plugins'), plugin);
    for (const name of [file, folderOf, 'mesh'])
      assert.equal((await findPlugin(name, root)).manifest.name, 'mesh', name);
    await assert.rejects(findPlugin('other', root), { code: 'BAD_PACKAGE' });
  });
});
