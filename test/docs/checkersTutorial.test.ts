/** The tutorial of checkers: every command of it, in the order of the page, on a devnet of its own. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory, isRunning, type Running, removeDirectory, up } from '../e2e/support.ts';
import { ROOT } from '../tidy/sources.ts';
import { blocks, read, runLines, skipWithout } from './page.ts';

const PAGE = 'docs/tutorials/checkers.md';

describe('the tutorial of checkers', function () {
  this.timeout(180_000);
  const home = freshDirectory();
  let devnet: Running | undefined;

  before(async function () {
    skipWithout(this, 'bash');
    mkdirSync(join(home, 'bin'));
    symlinkSync(join(ROOT, 'devnet/bin.js'), join(home, 'bin/devnet'));
    devnet = await up(join(home, '.devnet'), '--nodes', '1', '--consensus', 'cells');
  });
  after(async () => {
    if (devnet !== undefined && isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGTERM');
    removeDirectory(home);
  });

  it('every command works', async () => {
    const template = read('devnet/checkers/template/checker.lua');
    for (const piece of blocks(PAGE, 'lua')) assert.ok(template.includes(piece), piece);
    const commands = blocks(PAGE, 'sh');
    assert.ok(commands.length >= 7);
    const { stdout, stderr } = await runLines(home, ['set -eo pipefail', ...commands]);
    const shown = blocks(PAGE, 'console')
      .slice(1)
      .flatMap(text => text.trimEnd().split('\n'))
      .filter(line => !line.includes('…') && line !== '...');
    assert.ok(shown.length > 15);
    const all = new Set(`${stdout}\n${stderr}`.split('\n'));
    for (const line of shown) assert.ok(all.has(line), `${line}\nis missing in\n${stdout}\n${stderr}`);
    for (const said of [
      'points: 3 files',
      '6 as expected, 0 otherwise',
      '5 as expected, 1 otherwise',
      'exit code 1\n',
      'module 128: points/checker.lua\n',
      'a token of module 128: 0x',
      // Bob's 100 points, as the query shows them.
      '"data": "0x500000000000000064"',
      'alice cannot: exit code 1',
      'nothing was sent: exit code 1',
      'module 128: refused: points of nothing, ',
      'module 128 has another checker',
      '60 are too many now: exit code 1',
    ])
      assert.ok(stdout.includes(said), `${said} is missing in\n${stdout}\n${stderr}`);
    for (const said of [
      'expected refused',
      'LOCKED: ',
      'whoever opens it signs: --from <who>',
      "30 |   if after > before and not authorised then return false, 'points of nothing' end",
      'not 1 to 50 points',
    ])
      assert.ok(stderr.includes(said), `${said} is missing in\n${stderr}`);
    assert.match(stdout, /transaction 0x[0-9a-f]{64} in block \d+: CHECKER_REFUSED: /);
  });
});
