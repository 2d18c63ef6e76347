/** The tutorial of modules: every command of it, in the order of the page, on a devnet of its own. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory, isRunning, type Running, removeDirectory, up } from '../e2e/support.ts';
import { ROOT } from '../tidy/sources.ts';
import { blocks, runLines, skipWithout } from './page.ts';

const PAGE = 'docs/tutorials/modules.md';

describe('the tutorial of modules', function () {
  this.timeout(180_000);
  const home = freshDirectory();
  let devnet: Running | undefined;

  before(async function () {
    skipWithout(this, 'bash');
    mkdirSync(join(home, 'bin'));
    mkdirSync(join(home, 'node_modules'));
    symlinkSync(join(ROOT, 'devnet/bin.js'), join(home, 'bin/devnet'));
    symlinkSync(ROOT, join(home, 'node_modules/devnet'));
    symlinkSync(join(ROOT, 'node_modules/zod'), join(home, 'node_modules/zod'));
    devnet = await up(join(home, '.devnet'), '--nodes', '1');
  });
  after(async () => {
    if (devnet !== undefined && isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGTERM');
    removeDirectory(home);
  });

  it('every command works', async () => {
    const commands = blocks(PAGE, 'sh');
    assert.ok(commands.length > 12);
    // Whatever ends the script ends the server with it.
    const script = ['set -eo pipefail', "trap 'kill $SERVER 2>/dev/null || true' EXIT", ...commands];
    const { stdout, stderr } = await runLines(home, script, { RPC: devnet?.rpc ?? '' });
    for (const said of [
      'count text=<text> [unique=<boolean>]',
      'price: 0.001 tokens',
      '6\ncost 0.001 tokens',
      '4\ncost 0.001 tokens',
      'exit code 2',
      // 6 + 6 words, and three calls of two.
      '18\n',
      'to\nbe\ncost 0.001 tokens',
      'counted 6\nword to\nword be\n',
      'readonly "count": ModuleFunction<{ readonly "text": string; readonly "unique"?: boolean; }, number, number>;',
      'readonly "each": ModuleFunction<{ readonly "text": string; }, (Json)[], Json>;',
      '7 right, 0 wrong',
      'the signature is right\n',
      'for my eyes\n',
      'hello world\n',
      'old 5DRnRLkxyQUcHjQcfra3uonYGoUR4vutje4a8mn5MXio9QAd',
    ])
      assert.ok(stdout.includes(said), `${said} is missing in\n${stdout}\n${stderr}`);
    assert.match(stdout, /words +6 +0\.006 +0 +0\.006 +match/);
    assert.match(stderr, /there is no parameter txt\n.*text=<text>/);
  });
});
