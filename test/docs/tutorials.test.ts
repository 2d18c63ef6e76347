import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freshDirectory, isRunning, type Running, removeDirectory, up } from '../e2e/support.ts';
import { ROOT } from '../tidy/sources.ts';
import { blocks, read, skipWithout } from './page.ts';

describe('tutorials show code that is run', () => {
  /** Each piece of a block between ellipses and outer indentation must stand in one of the files. */
  const shown: readonly (readonly [page: string, files: readonly string[]])[] = [
    ['docs/tutorials/rpc.md', ['examples/rpc.ts']],
    [
      'docs/tutorials/trees.md',
      ['examples/replica-set/router.ts', 'examples/replica-set/replica.ts', 'examples/subnet/modules.ts'],
    ],
    [
      'docs/tutorials/plugin.md',
      ['devnet/plugins/template/src/index.ts', 'devnet/plugins/template/test/tip-jar.test.ts'],
    ],
    [
      'docs/tutorials/consensus-module.md',
      ['examples/timeLock.ts', 'test/examples/timeLock.subject.ts', 'test/examples/timeLock.test.ts'],
    ],
  ];
  for (const [page, files] of shown)
    it(page, () => {
      const sources = files.map(file => read(file).replace(/^ +/gm, ''));
      const pieces = blocks(page, 'ts').flatMap(block => block.replace(/^ +/gm, '').split('// ...\n'));
      assert.ok(pieces.length > 0);
      for (const piece of pieces)
        assert.ok(
          sources.some(source => source.includes(piece)),
          `not in ${files.join(', ')}:\n${piece}`,
        );
    });
});

describe('the RPC tutorial, on a running devnet', function () {
  this.timeout(120_000);
  let devnet: Running | undefined;

  before(async function () {
    skipWithout(this, 'bash', 'curl');
    devnet = await up(freshDirectory(), '--nodes', '1');
  });
  after(async () => {
    if (devnet === undefined) return;
    if (isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGTERM');
    removeDirectory(devnet.directory);
  });

  it('every command works', async () => {
    assert.ok(devnet);
    const script = ['set -euo pipefail', ...blocks('docs/tutorials/rpc.md', 'sh')].join('\n');
    const env = { ...process.env, RPC: devnet.rpc, NODE_OPTIONS: '' };
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: ROOT, env });
    const errors = stdout.match(/"error":\{"code":-?\d+/g) ?? [];
    assert.deepEqual(errors, ['"error":{"code":3322'], stdout);
    for (const said of [
      '"chainId"',
      'true\n',
      '"status":"final"',
      'chain_subscription',
      'proved: bob has',
      'devnet_',
    ])
      assert.ok(stdout.includes(said), `${said} is missing in\n${stdout}`);
  });
});
