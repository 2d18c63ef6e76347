import assert from 'node:assert/strict';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { built, freshDirectory } from '../e2e/support.ts';
import { ROOT } from '../tidy/sources.ts';
import { blocks, runLines, skipWithout } from './page.ts';

const PAGE = 'docs/tutorials/plugin.md';

describe('the tutorial of plugin authors', function () {
  this.timeout(180_000);
  const home = freshDirectory();

  before(async function () {
    skipWithout(this, 'bash');
    await built();
    await mkdir(join(home, 'bin'));
    await symlink(join(ROOT, 'devnet/bin.js'), join(home, 'bin/devnet'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  it('every command works, in the order of the page', async () => {
    const commands = blocks(PAGE, 'sh');
    assert.ok(commands.length >= 7);
    const { stdout, stderr } = await runLines(home, ['set -euo pipefail', ...commands]);
    for (const said of [
      'tip-jar: 8 files',
      '1 passed, 0 failed',
      'tip-jar 0.1.0: 20 passed, 0 failed, 1 skipped',
      'it found something',
      'NOT_CONSERVED: ',
      'end of the epoch',
      'signed by maintainer; 1 of 1 are needed',
      'tip-jar 0.2.0: 21 passed, 0 failed',
    ])
      assert.ok(stdout.includes(said), `${said} is missing in\n${stdout}\n${stderr}`);
    // The smallest history that breaks it: one tip and the end of the epoch, nothing else.
    const [, calls = ''] = /NOT_CONSERVED: .*\n((?: {4}.*\n)+)/.exec(stdout) ?? [];
    assert.deepEqual(
      calls
        .trim()
        .split('\n')
        .map(line => line.trim().split('(')[0]),
      ['tip', 'end of the epoch'],
    );
  });
});
