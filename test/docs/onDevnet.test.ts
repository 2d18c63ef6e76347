/** Pages whose commands need a devnet that runs: each command of them, in the order of the page, on one for all. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freshDirectory, isRunning, type Running, removeDirectory, up } from '../e2e/support.ts';
import { ROOT } from '../tidy/sources.ts';
import { blocks, installInto, notPrinted, read, runLines, skipWithout } from './page.ts';

const COOKBOOK = 'docs/cookbook.md';

describe('pages on a running devnet', function () {
  this.timeout(180_000);
  const home = freshDirectory();
  let devnet: Running | undefined;

  before(async function () {
    skipWithout(this, 'bash', 'curl');
    installInto(home, ['mocha', 'tsx', 'ws', 'zod'], ['mocha', 'tsx']);
    devnet = await up(join(home, '.devnet'));
  });
  after(async () => {
    if (devnet !== undefined && isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGTERM');
    removeDirectory(home);
  });

  /** Rejects where a command fails, or does not print what the page shows. */
  async function follow(
    page: string,
    ...before: string[]
  ): Promise<{ readonly stdout: string; readonly stderr: string }> {
    const lines = ['set -eo pipefail', ...before, ...blocks(page, 'sh')];
    const { stdout, stderr } = await runLines(home, lines, { RPC: devnet?.rpc ?? '' });
    assert.deepEqual(notPrinted(page, stdout + stderr), [], `is missing in\n${stdout}\n${stderr}`);
    return { stdout, stderr };
  }
  function assertSays(output: string, ...parts: string[]): void {
    for (const part of parts) assert.ok(output.includes(part), `${part} is missing in\n${output}`);
  }
  const atExit = (variable: string) => `trap 'kill $${variable} 2>/dev/null || true' EXIT`;

  // First: it shows what a fresh chain answers.
  it('app.md', async () => {
    await follow('docs/tutorials/app.md', atExit('SERVER'));
  });

  it('rpc.md', async () => {
    const { stdout } = await follow('docs/tutorials/rpc.md');
    const errors = stdout.match(/"error":\{"code":-?\d+/g) ?? [];
    assert.deepEqual(errors, ['"error":{"code":3322', '"error":{"code":-32012'], stdout);
    assertSays(
      stdout,
      '"chainId"',
      'true\n',
      '"status":"final"',
      'chain_subscription',
      'carried out, and never answered',
      'devnet_',
    );
  });

  it('its typed example', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), 'examples/rpc.ts', devnet?.rpc ?? ''],
      { cwd: ROOT },
    );
    assertSays(stdout, 'transfer: final', 'refused: INSUFFICIENT_BALANCE', 'proved: bob has', "heard: bob's");
  });

  it('python.md', async function () {
    skipWithout(this, 'python3');
    await follow('docs/tutorials/python.md');
  });

  it('modules.md', async () => {
    const { stdout, stderr } = await follow('docs/tutorials/modules.md', atExit('SERVER'));
    assertSays(
      stdout,
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
    );
    assert.match(stderr, /there is no parameter txt\n.*text=<text>/);
    assert.match(stdout, /words +6 +0\.006 +0 +0\.006 +match/);
  });

  it('cookbook.md', async () => {
    const { stdout } = await follow(COOKBOOK);
    assert.ok(!stdout.includes('"error"'), stdout);
  });

  it('methods that pages name for programs exist', async () => {
    const methods = new Set(await devnet?.client.listMethods());
    const named = [COOKBOOK, 'docs/tutorials/rpc.md', 'docs/tutorials/python.md'].flatMap(page =>
      Array.from(
        read(page).matchAll(/\b(?:chain|tx|account|module|link|escrow|epoch|consensus|node|dev)_[a-z]\w+/g),
        ([name]) => name,
      ),
    );
    assert.ok(named.length > 50);
    assert.deepEqual(
      named.filter(name => !methods.has(name) && !name.endsWith('_subscription') && name !== 'node_modules'),
      [],
    );
  });

  it('metrics that the cookbook asks Grafana for exist', async () => {
    const metrics = await (await fetch(`${devnet?.rpc}/metrics`)).text();
    const named = Array.from(read(COOKBOOK).matchAll(/\bdevnet_[a-z_]+/g), ([name]) => name);
    assert.ok(named.length > 6);
    assert.deepEqual(
      named.filter(name => !new RegExp(`^${name}[ {]`, 'm').test(metrics)),
      [],
    );
  });
});
