/** The package as an author gets it: packed, put somewhere else, and used from a folder outside. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../tidy/sources.ts';
import { node, packed, TSC } from './packed.ts';

describe('the package, used from outside', function () {
  this.timeout(180_000);
  let home: string;
  let own: string;
  before(async () => {
    ({ home, own } = await packed());
  });
  const devnet = async (cwd: string, ...args: string[]): Promise<Record<string, unknown>> => {
    const { stdout } = await node(cwd, join(own, 'devnet/bin.js'), '--json', ...args);
    return JSON.parse(stdout);
  };

  it('begins a plugin whose test and check pass, and which packs to the same bytes from two folders', async () => {
    const created = await devnet(home, 'plugin', 'new', 'outside');
    assert.ok((created.files as readonly string[]).length < 10);
    const { devDependencies } = JSON.parse(await readFile(join(home, 'outside/package.json'), 'utf8'));
    assert.match(devDependencies.devnet, /^\^\d/);
    const folder = join(home, 'outside');
    assert.deepEqual(await devnet(folder, 'plugin', 'test'), {
      files: ['test/outside.test.ts'],
      passed: 1,
      failed: 0,
      skipped: 0,
    });
    assert.equal((await devnet(folder, 'plugin', 'check')).ok, true);
    await devnet(home, 'plugin', 'new', 'outside', 'some/where/else');
    const packed = await devnet(folder, 'plugin', 'pack');
    assert.equal((await devnet(join(home, 'some/where/else'), 'plugin', 'pack')).codeHash, packed.codeHash);
    await assert.rejects(devnet(home, 'plugin', 'new', 'outside'), ({ stdout }: { stdout: string }) => {
      assert.equal(JSON.parse(stdout).name, 'FOLDER_EXISTS');
      return true;
    });
    await assert.rejects(devnet(home, 'plugin', 'new', '../Out'), ({ stdout }: { stdout: string }) => {
      assert.equal(JSON.parse(stdout).name, 'BAD_NAME');
      return true;
    });
  });

  it('tells which test failed, and exits with 1', async () => {
    const folder = join(home, 'failing');
    await devnet(home, 'plugin', 'new', 'failing');
    const file = join(folder, 'src/index.ts');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('const amount = tips - burned', 'const amount = tips'),
    );
    await assert.rejects(
      devnet(folder, 'plugin', 'test'),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => {
        assert.equal(code, 1);
        assert.equal(JSON.parse(stdout).name, 'TESTS_FAILED');
        assert.match(stderr, /a tip is paid when the epoch ends/);
        return true;
      },
    );
  });

  it('has types that fit the plugin', async () => {
    await devnet(home, 'plugin', 'new', 'typed');
    const roots = join(ROOT, 'node_modules/@types');
    await node(home, TSC, '-p', join(home, 'typed'), '--typeRoots', roots);
    const file = join(home, 'typed/src/index.ts');
    await writeFile(file, (await readFile(file, 'utf8')).replace('requires: [],', "requires: ['fly'],"));
    await assert.rejects(
      node(home, TSC, '-p', join(home, 'typed'), '--typeRoots', roots),
      ({ stdout }: { stdout: string }) => /src\/index\.ts.*"fly"/.test(stdout),
    );
  });

  it('brings the kit without the weight of a node', async () => {
    const reached = new Set<string>();
    const visit = async (name: string): Promise<void> => {
      if (reached.has(name)) return;
      reached.add(name);
      const text = await readFile(join(own, 'dist', name), 'utf8');
      for (const [, next = ''] of text.matchAll(/from\s*"\.\/([^"]+)"/g)) await visit(next);
      // What signs is there, and looks for sodium when it first does.
      assert.doesNotMatch(text, /classic-level|libp2p/, name);
    };
    await visit('testing.js');
    await visit('consensus.js');
    const consensus = await readFile(join(own, 'dist/consensus.js'), 'utf8');
    assert.doesNotMatch(consensus, /from\s*"node:/);
  });
});
