/** Code of authors that does not work: what they are told before anything of it runs. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSources } from '../../devnet/check/sources.ts';
import { loadDefinition } from '../../devnet/loadDefinition.ts';
import { buildCode } from '../../devnet/plugins/build.ts';
import { createPlugin } from '../../devnet/plugins/create.ts';
import { devUntil, type SessionOptions } from '../../devnet/plugins/dev/session.ts';
import { runTests } from '../../devnet/plugins/runTests.ts';

describe('code that does not work', function () {
  this.timeout(30_000);
  const root = mkdtempSync(join(tmpdir(), 'authoring-'));
  after(() => rmSync(root, { recursive: true }));
  // Read as modules, as in any new project.
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');

  it('of a module is told with its line', async () => {
    for (const [name, text, message] of [
      ['throws.mjs', "const a = 1;\nthrow new Error('boom');\n", /^throws\.mjs:2:7: Error: boom$/],
      ['types.ts', 'export default {\n  a: = 3 };\n', /^types\.ts:2:6: Unexpected "="$/],
      [
        'nobody.mjs',
        "import './nobody-else.mjs';\n",
        /^nobody\.mjs: Error: Cannot find module .*nobody-else/,
      ],
      ['words.mjs', "throw 'words';\n", /^words\.mjs threw words$/],
    ] as const) {
      writeFileSync(join(root, name), text);
      await assert.rejects(
        loadDefinition(join(root, name)),
        ({ message: told, ...error }: Error & { hint: string }) => {
          assert.match(told.replaceAll(`${root}/`, ''), message);
          return error.hint.length > 0 && !error.hint.includes('DEBUG');
        },
      );
    }
    await assert.rejects(loadDefinition(join(root, 'package.json')), { name: 'NO_MODULE' });
    await assert.rejects(loadDefinition(join(root, 'nothing.ts')), { name: 'NO_SUCH_FILE' });
  });

  describe('of a plugin', () => {
    const folder = join(root, 'dice');
    before(() => createPlugin('dice', folder));
    const write = (apply: string): void =>
      writeFileSync(
        join(folder, 'src/index.ts'),
        `import { defineConsensusModule, INTERFACE_VERSION, method, ok, struct, u32 } from 'devnet/consensus';
export default defineConsensusModule<object>({
  info: { name: 'dice', version: '0.1.0', interfaceVersion: INTERFACE_VERSION, stateVersion: 1, requires: [] },
  params: struct({}),
  genesis: () => ok(),
  calls: {
    roll: method<{ readonly sides: number }>({
      description: 'Rolls.',
      codec: struct({ sides: u32 }),
      weight: () => 1_000,
      apply(_block, _view, { args: { sides } }) {
        ${apply}
      },
    }),
  },
});
`,
      );
    const found = async () => checkSources(folder, await buildCode(folder, 'dist/index.mjs'));

    it('is told by its tests with its line, and no insides of the runner', async () => {
      write('return ok(;');
      await assert.rejects(runTests(folder, process.stderr), {
        name: 'BUILD_FAILED',
        message: 'src/index.ts:12:19: Unexpected ";"',
      });
    });

    it('is found where it rolls dice, by the call and the line', async () => {
      rmSync(join(folder, 'test'), { recursive: true });
      write(
        'return ok([{ op: "put", key: Uint8Array.of(1), value: Uint8Array.of(sides * Math.random()) }]);',
      );
      const { row, ended } = await found();
      assert.equal(ended.how, 'done');
      assert.deepEqual([row?.status, row?.code], ['failed', 'FORBIDDEN_SOURCE']);
      assert.match(row?.at ?? '', /^src\/index\.ts:12:/);
      assert.match(row?.input[0] ?? '', /^roll\(\{ sides: \d+ \}\)/);
    });

    it('is not found where there is none', async () => {
      write('return ok([{ op: "put", key: Uint8Array.of(1), value: Uint8Array.of(sides & 255) }]);');
      const { row } = await found();
      assert.equal(row?.status, 'passed');
    });

    it('has no folder to be watched, and no tests, where there is nothing', async () => {
      const nowhere = join(root, 'nowhere');
      await assert.rejects(runTests(nowhere, process.stderr), { name: 'NO_PLUGIN' });
      mkdirSync(join(root, 'empty'));
      await assert.rejects(runTests(join(root, 'empty'), process.stderr), { name: 'NO_TESTS' });
      const options = { folder: nowhere, dir: root, rpc: 'http://127.0.0.1:1' } as unknown as SessionOptions;
      await assert.rejects(devUntil(options, new AbortController().signal), { name: 'NO_PLUGIN' });
    });
  });
});
