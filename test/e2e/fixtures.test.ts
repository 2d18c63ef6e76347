/** `devnet/testing` in other people's projects, with the runners that they have. */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../tidy/sources.ts';
import { node, packed, TSC } from './packed.ts';

const OURS = join(ROOT, 'node_modules');
const MOCHA = join(OURS, 'mocha/bin/mocha.js');
const VITEST = join(OURS, 'vitest/vitest.mjs');
const TSX = join(OURS, 'tsx/dist/loader.mjs');
const PROJECT = join(ROOT, 'examples/payroll');

/** What a runner that failed tests has said all the same. */
const saidBy = (run: ReturnType<typeof node>) =>
  run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );

describe('the test fixtures, used from outside', function () {
  this.timeout(180_000);
  let folder: string;

  before(async () => {
    const { home } = await packed();
    folder = join(home, 'payroll');
    await cp(PROJECT, folder, { recursive: true });
    await mkdir(join(folder, 'node_modules'));
    await symlink(join(OURS, '@types'), join(folder, 'node_modules/@types'));
    await symlink(join(OURS, 'vitest'), join(folder, 'node_modules/vitest'));
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
  });

  it('have types that hold without the libraries of a browser, and without skipLibCheck', async () => {
    const settings = await readFile(join(folder, 'tsconfig.json'), 'utf8');
    assert.doesNotMatch(settings, /skipLibCheck|dom/i);
    await writeFile(
      join(folder, 'tsconfig.json'),
      settings.replace('"test"', '"test", "*.node.ts", "wrong.ts"'),
    );
    await node(folder, TSC, '-p', '.');
  });

  it('have types for vitest', async () => {
    const strict = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023'];
    // What vitest brings along disagrees with itself.
    const args = ['--ignoreConfig', '--noEmit', '--skipLibCheck', ...strict, 'one.vitest.ts'];
    await node(folder, TSC, ...args);
  });

  it('give each file of a parallel run of mocha a chain of its own', async () => {
    const file = join(folder, 'test/payroll.test.ts');
    await cp(file, join(folder, 'test/again.test.ts'));
    const args = ['--parallel', '--jobs', '2', '--timeout', '60000', '--reporter', 'json', 'test/*.test.ts'];
    const { stdout } = await node(folder, MOCHA, '--node-option', `import=${TSX}`, ...args);
    const { stats, failures } = JSON.parse(stdout);
    assert.deepEqual([stats.passes, failures], [6, []]);
  });

  it('learn vitest its matchers, and show what differs', async () => {
    await writeFile(
      join(folder, 'vitest.config.ts'),
      `export default { test: { include: ['*.vitest.ts'] } };`,
    );
    const args = ['run', '--reporter', 'json', '--testTimeout', '60000'];
    const { code, stdout } = await saidBy(node(folder, VITEST, ...args));
    assert.equal(code, 1);
    const { testResults } = JSON.parse(stdout) as {
      readonly testResults: readonly {
        readonly assertionResults: readonly {
          readonly title: string;
          readonly failureMessages: readonly string[];
        }[];
      }[];
    };
    const failed = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .flatMap(({ title, failureMessages: [first] }) => (first === undefined ? [] : [[title, first]]));
    assert.deepEqual(
      failed.map(([title]) => title),
      ['shows balances', 'shows events', 'shows errors', 'is not what it is'],
    );
    const [balances, events, errors, otherwise] = failed.map(([, message]) => message ?? '');
    assert.match(balances ?? '', /\+\s+bob: 5n\n-\s+bob: 6n/);
    assert.match(events ?? '', /no event Paid among: Transferred/);
    assert.match(errors ?? '', /expected OTHER, got INSUFFICIENT_BALANCE: transfer by alice/);
    assert.match(otherwise ?? '', /balances changed by bob 5/);
  });

  it('take the hooks of node:test, and say so where there are none', async () => {
    const args = ['--test', '--test-reporter', 'tap', 'one.node.ts'];
    const { stdout } = await node(folder, '--import', TSX, ...args);
    assert.match(stdout, /^# pass 3$/m);
    assert.match(stdout, /^# fail 0$/m);
  });
});

const VITEST_FILE = `
import { describe, expect, it } from 'vitest';
import { useChain } from 'devnet/testing/vitest';

describe('a chain', () => {
  const chain = useChain({ nodes: 1 });
  it('knows balances, events and errors', async () => {
    await expect(() => chain.transfer('alice', 'bob', 5n)).toChangeBalances(chain, { bob: 5n, alice: -5n });
    expect(chain).toEmit('Transferred', { amount: 5n });
    expect(chain).not.toEmit('Transferred', { amount: 6n });
    await expect(() => chain.transfer('alice', 'bob', 10n ** 18n)).toFailWith('INSUFFICIENT_BALANCE');
  });
  it('is clean', () => expect(chain.events).toEqual([]));
  it('shows balances', async () => {
    await expect(() => chain.transfer('alice', 'bob', 5n)).toChangeBalances(chain, { bob: 6n });
  });
  it('shows events', async () => {
    expect(await chain.transfer('alice', 'bob', 5n)).toEmit('Paid');
  });
  it('shows errors', async () => {
    await expect(() => chain.transfer('alice', 'bob', 10n ** 18n)).toFailWith('OTHER');
  });
  it('is not what it is', async () => {
    await expect(() => chain.transfer('alice', 'bob', 5n)).not.toChangeBalances(chain, { bob: 5n });
  });
});
`;

const NODE_FILE = `
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { changesBalances, useChain } from 'devnet/testing';

describe('a chain', () => {
  const chain = useChain({ nodes: 1, accounts: { zoe: 7n, yan: 1n } }, { before, beforeEach, after });
  it('pays', async () => {
    await changesBalances(chain, { yan: 5n }, () => chain.transfer('zoe', 'yan', 5n));
  });
  it('is clean', () => assert.equal(chain.balance('yan'), 1n));
  it('needs hooks', () => {
    assert.throws(() => useChain(), { code: 'NO_TEST_RUNNER', hint: /devnet\\/testing\\/vitest/ });
  });
});
`;

/** Every line after such a comment has to be refused. */
const WRONG_FILE = `
import { chainMatchers, startChain, useChain } from 'devnet/testing';

const chain = useChain({ accounts: ['ann'] });
// @ts-expect-error nobody of this name
chain.accounts.ben;
// @ts-expect-error a balance is no promise
chain.balance('ann').then;
// @ts-expect-error units are bigint
chain.setBalance('ann', 5);
// @ts-expect-error no such verb
chainMatchers.toBeRich;
// @ts-expect-error no such setting
startChain({ node: 4 });
`;

const FILES = { 'one.vitest.ts': VITEST_FILE, 'one.node.ts': NODE_FILE, 'wrong.ts': WRONG_FILE };
