import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SourceWatcher, watchSource } from '../../../devnet/plugins/dev/watchSource.ts';

describe('what an author saves', () => {
  let root = '';
  let watcher: SourceWatcher;
  const file = (name: string) => join(root, name);
  /** Does this, and waits until it is noticed. */
  async function noticed(work: () => Promise<void>): Promise<void> {
    const { version } = watcher;
    await work();
    await watcher.changedAfter(version);
  }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'watch-'));
    await mkdir(file('plugin/src'), { recursive: true });
    await mkdir(file('shared'));
    await writeFile(file('plugin/module.toml'), 'name = "a"\n');
    await writeFile(file('plugin/src/index.ts'), '1\n');
    await writeFile(file('shared/part.ts'), '1\n');
    watcher = await watchSource(file('plugin'));
  });
  afterEach(async () => {
    watcher.close();
    await rm(root, { recursive: true });
  });

  it('is noticed in the manifest, in the source, in folders that come later, and by way of a rename', async () => {
    await noticed(() => writeFile(file('plugin/module.toml'), 'name = "b"\n'));
    await noticed(() => writeFile(file('plugin/src/index.ts'), '2\n'));
    await noticed(async () => {
      await mkdir(file('plugin/src/deep'));
      await writeFile(file('plugin/src/deep/more.ts'), '1\n');
    });
    await noticed(() => writeFile(file('plugin/src/deep/more.ts'), '2\n'));
    await noticed(async () => {
      await writeFile(file('plugin/src/.index.ts.swp'), '3\n');
      await rename(file('plugin/src/.index.ts.swp'), file('plugin/src/index.ts'));
    });
  });

  it('is what the code is made of, wherever that lies', async () => {
    await watcher.follow([file('plugin/src/index.ts'), file('shared/part.ts')]);
    assert.equal(watcher.version, 1);
    await noticed(() => writeFile(file('shared/part.ts'), '2\n'));
    // No longer part of it.
    await watcher.follow([file('plugin/src/index.ts')]);
    await writeFile(file('shared/part.ts'), '3\n');
    await noticed(() => writeFile(file('plugin/src/index.ts'), '2\n'));
  });

  it('is nothing where only a date changes, or files that are no source', async () => {
    const index = file('plugin/src/index.ts');
    await utimes(index, 1, 1);
    await writeFile(index, '1\n');
    await writeFile(file('plugin/a.plugin'), 'packed\n');
    await writeFile(file('plugin/notes.md'), 'notes\n');
    // Events come in order: when this one has been noticed, those before have been looked at.
    await noticed(() => rename(file('plugin/notes.md'), file('plugin/notes.json')));
    assert.equal(watcher.version, 2);
  });
});
