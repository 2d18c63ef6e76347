/** Where the code of a plugin threw: the author's file and line, in processes and in the metered machine. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ModuleFault } from '../../../chain/index.ts';
import { isolatedCommand, probeIsolation } from '../../../node/isolation/index.ts';
import type { Tier } from '../../../node/package/index.ts';
import { createLocate } from '../../../node/plugins/child/locate.ts';
import { framesOf } from '../../../node/plugins/child/stack.ts';
import { pluginOptions } from '../../../node/plugins/consensus.ts';
import { PluginFailure } from '../../../node/plugins/errors.ts';
import { openPlugin } from '../../../node/plugins/plugin.ts';
import { createRunner } from '../../../node/plugins/runner.ts';
import { MAX_FRAMES, MAX_STACK_LINE } from '../../../node/plugins/wire.ts';
import { createTestChain } from '../../support/chain.ts';
import { PROBE, withProbe } from '../../support/probe.ts';
import { ROOT } from '../../tidy/sources.ts';
import { Heard, type Line } from '../host/support.ts';
import { callsWith, inputOf, weighed } from './support.ts';

/** Line 4 of `src/deep.ts` throws, called from line 11 of `src/index.ts`. */
const DEEP = `export function deep(number: number): never {
  interface Never { readonly of: number }
  const never: Never = { of: number };
  throw new Error(\`no \${never.of}\`);
}
`;
const INDEX = `import { defineConsensusModule, INTERFACE_VERSION, method, ok, struct, u32 } from ${JSON.stringify(join(ROOT, 'consensus/interface/index.ts'))};
import { deep } from './deep.ts';
type Unused = { readonly a: 1 };
export default defineConsensusModule({
  info: { name: 'probe', version: '1.0.0', interfaceVersion: INTERFACE_VERSION, stateVersion: 1, requires: [] },
  params: struct({}),
  genesis: () => ok(),
  calls: {
    do: method({
      description: 'Throws.', codec: struct({ number: u32 }), weight: ({ number }) => number === 2 ? deep(2) : 10,
      apply: (_block, _view, { args }) => deep(args.number),
    }),
  },
});
`;

const options = { ...withProbe({}), accounts: ['Alice'] };

describe('what the code of a plugin throws', function () {
  this.timeout(30_000);
  let directory: string;
  let url: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stack-'));
    await writeFile(join(directory, 'deep.ts'), DEEP);
    await writeFile(join(directory, 'index.ts'), INDEX);
    const outfile = join(directory, 'plugin.mjs');
    await build({
      absWorkingDir: directory,
      entryPoints: ['index.ts'],
      outfile,
      bundle: true,
      format: 'esm',
      sourcemap: 'inline',
      target: 'es2023',
    });
    url = pathToFileURL(outfile).href;
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const tiers: readonly (Tier | null)[] = [null, 'T1', 'T2', 'T3'];
  for (const tier of tiers)
    it(`names plugin, call, height, sender and the author's line${tier === null ? '' : ` in ${tier}`}`, async function () {
      if (tier !== null && !(await probeIsolation()).tiers.includes(tier)) this.skip();
      const heard = new Heard();
      const code = { url, exportName: 'default', name: 'probe', version: '1.0.0' };
      const around = tier === null ? {} : { tier, command: await isolatedCommand(tier, url) };
      const plugin = await openPlugin(pluginOptions({ consensus: PROBE, code, ...around, log: heard.log }));
      const runner = createRunner(new Map([...(options.mechanisms ?? []), [PROBE, plugin.shell]]), [plugin]);
      try {
        const chain = createTestChain(options);
        const [checked] = await weighed({ runner }, chain, callsWith(chain, ['Alice'], [1]));
        assert.ok(checked !== undefined);
        const { message, cause } = await faultOf(runner.execute(chain.state, inputOf(chain, [checked])));
        assert.match(message, /^consensus module 7, do called by 0x[0-9a-f]{64}: no 1$/);
        assert.ok(cause instanceof PluginFailure);
        const [first = '', second = '', ...rest] = cause.frames;
        assert.match(first, /^deep \(deep\.ts:4:\d+\)$/);
        assert.match(second, /^(Object\.)?apply \(index\.ts:11:\d+\)$/);
        assert.deepEqual(rest, [], 'nothing of the node');
        const { sender, hash } = { ...checked.transaction, hash: checked.hash };
        const told = lineOf(heard.lines);
        assert.equal(told.height, 1);
        assert.equal(told.transaction, hash);
        assert.match(String(told.lines), /\n {4}at deep \(deep\.ts:4:\d+\)/);
        assert.match(
          plugin.lastError ?? '',
          new RegExp(
            `^THREW: plugin consensus 7, probe@1\\.0\\.0, do at height 1, transaction ${hash} of 5\\w+: no 1, at deep \\(deep\\.ts:4:\\d+\\)$`,
          ),
        );
        assert.ok(sender.startsWith('0x') && !`${plugin.lastError}`.includes(directory));

        // Before it stands in a block, where it is refused.
        await assert.rejects(weighed({ runner }, chain, callsWith(chain, ['Alice'], [2])), {
          code: 'MODULE_FAULT',
        });
        assert.match(plugin.lastError ?? '', /examining do of 5\w+: no 2, at deep \(deep\.ts:4:\d+\)$/);
        assert.equal(plugin.figures.starts, 1);
        assert.equal(plugin.figures.failures, 2);
      } finally {
        await runner.close();
      }
    });
});

async function faultOf(work: Promise<unknown>): Promise<ModuleFault> {
  const error: unknown = await work.then(
    () => assert.fail('it was executed'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ModuleFault, String(error));
  return error;
}

const lineOf = (lines: readonly Line[]): Line =>
  lines.find(({ message }) => message === 'the code of a consensus module threw') ?? assert.fail();

describe('stacks', () => {
  it('are bounded, and of nobody who throws while he is asked', () => {
    const giant = Object.assign(new Error('x'), {
      stack: `Error\n${`    at f (${'y'.repeat(5_000)})\n`.repeat(3)}`,
    });
    assert.deepEqual(
      framesOf(giant).map(({ length }) => length),
      [MAX_STACK_LINE, MAX_STACK_LINE, MAX_STACK_LINE],
    );
    const many = Object.assign(new Error('x'), { stack: '    at f (a:1:1)\n'.repeat(1_000) });
    assert.equal(framesOf(many).length, MAX_FRAMES);
    const trap = Object.defineProperty(new Error('x'), 'stack', {
      get() {
        throw new Error('another');
      },
    });
    for (const none of [trap, 'text', null, Object.assign(new Error('x'), { stack: 7 })])
      assert.deepEqual(framesOf(none), []);
  });

  it('have nothing that moves a cursor, and no path of a machine', async () => {
    assert.deepEqual(new PluginFailure('x', ['f\u001b[2J (a:1:1)']).frames, ['f?[2J (a:1:1)']);
    const directory = await mkdtemp(join(tmpdir(), 'stack-'));
    try {
      const map = {
        version: 3,
        names: [],
        sources: ['../../../home/alice/secret/plugin/src/a.ts'],
        mappings: 'AAAA',
      };
      const inline = Buffer.from(JSON.stringify(map)).toString('base64');
      const file = join(directory, 'a.js');
      await writeFile(file, `x;\n//# sourceMappingURL=data:application/json;base64,${inline}\n`);
      const locate = createLocate(pathToFileURL(file).href);
      assert.deepEqual(locate([`at f (${pathToFileURL(file).href}:1:1)`]), ['f (plugin/src/a.ts:1:1)']);
      assert.deepEqual(locate(['at g (node:fs:1:1)', 'at nonsense', `at h (file:///other/b.js:1:1)`]), []);
      await writeFile(file, 'x;\n//# sourceMappingURL=data:application/json;base64,AAAA\n');
      const broken = createLocate(pathToFileURL(file).href);
      assert.deepEqual(broken([`at ${pathToFileURL(file).href}:1:1`]), ['a.js:1:1']);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
