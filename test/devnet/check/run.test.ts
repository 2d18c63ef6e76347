/** `devnet plugin check` over real processes: what no process survives, and what only shows in another one. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row } from '../../../devnet/check/protocol.ts';
import { checkPlugin } from '../../../devnet/check/run.ts';
import { createPlugin } from '../../../devnet/plugins/create.ts';
import { packPlugin } from '../../../devnet/plugins/package.ts';

/** A module with one method that does this with a number. */
const source = (name: string, work: string): string => `import {
  defineConsensusModule, INTERFACE_VERSION, method, ok, struct, u32,
} from 'devnet/consensus';

const Args = struct({ number: u32 });
const put = (number: number) => ok([{ op: 'put', key: Uint8Array.of(1), value: Uint8Array.of(number) }]);
declare const process: { exit(code: number): void };

export default defineConsensusModule<object>({
  info: {
    name: '${name}', version: '0.1.0', interfaceVersion: INTERFACE_VERSION, stateVersion: 1, requires: [],
  },
  params: struct({}),
  genesis: () => ok(),
  calls: {
    go: method<{ readonly number: number }>({
      description: 'Does it.',
      codec: Args,
      weight: () => 1_000,
      apply(_block, _view, { args: { number } }) {
        ${work}
      },
    }),
  },
});
`;

describe('devnet plugin check, in its processes', function () {
  this.timeout(60_000);
  let root = '';

  async function folder(name: string, work: string): Promise<string> {
    const path = join(root, name);
    await createPlugin(name, path);
    await writeFile(join(path, 'src/index.ts'), source(name, work));
    await rm(join(path, 'test'), { recursive: true });
    return path;
  }
  const failuresOf = (rows: readonly Row[]): readonly Row[] =>
    rows.filter(({ status }) => status === 'failed');

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'check-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('passes what devnet plugin new writes, as a folder and packed', async () => {
    const path = join(root, 'fresh');
    await createPlugin('fresh', path);
    const { ok, checks } = await checkPlugin(path);
    assert.deepEqual(failuresOf(checks), []);
    assert.ok(ok);
    assert.deepEqual(
      checks.filter(({ status }) => status === 'skipped').map(({ name }) => name),
      ['takes over the storage of the version before'],
    );
    const { file } = await packPlugin(path, join(root, 'fresh.plugin'));
    const packed = await checkPlugin(file, { previous: path });
    assert.deepEqual(
      failuresOf(packed.checks).map(({ code, reason }) => [code, reason]),
      [['BAD_INFO', 'both are version 0.1.0: a change of behaviour needs a new version']],
    );
  });

  it('names the line that depends on the machine, and sees that processes differ by it', async () => {
    const path = await folder('moody', 'return put(new Date(number).getHours());');
    const failures = failuresOf((await checkPlugin(path)).checks);
    const byName = new Map(failures.map(row => [row.name, row]));
    const trapped = byName.get('uses no clock, no randomness and nothing asynchronous');
    assert.equal(trapped?.code, 'FORBIDDEN_SOURCE');
    assert.match(trapped?.at ?? '', /^src\/index\.ts:21:\d+$/);
    assert.match(trapped?.input[0] ?? '', /^go\(\{ number: 0 \}\) by 0x0/);
    const machines = byName.get('gives the same bytes with another time zone, locale and heap');
    assert.equal(machines?.code, 'NOT_DETERMINISTIC');
    assert.match(machines?.input[0] ?? '', /^go\(/);
    assert.equal(byName.get('says the same in a process of its own')?.code, 'NOT_DETERMINISTIC');
  });

  it('survives a module that hangs or ends its process, and tells at which call', async () => {
    const path = await folder(
      'deadly',
      'if (number > 5_000) for (;;);\n        if (number > 200) process.exit(3);\n        return put(number);',
    );
    const { ok, checks } = await checkPlugin(path, { deadline: 2_000 });
    assert.equal(ok, false);
    const deaths = failuresOf(checks).filter(({ code }) => code === 'HANG' || code === 'CRASH');
    assert.ok(deaths.length >= 3);
    for (const { code, input } of deaths.slice(0, 3)) {
      const number = Number(/number: (\d+)/.exec(input[0] ?? '')?.[1]);
      assert.ok(code === 'HANG' ? number > 5_000 : number > 200 && number <= 5_000, `${code}: ${input[0]}`);
    }
    assert.ok(
      checks.some(({ status, reason }) => status === 'skipped' && /3 processes that hung/.test(reason ?? '')),
    );
  });

  it('a rule that breaks everywhere is no crash of the process of its own', async () => {
    const path = await folder(
      'spender',
      "if (number < 200) return put(number);\n        return ok([{ op: 'burn', amount: 2n ** 62n }]);",
    );
    const failures = failuresOf((await checkPlugin(path)).checks);
    const isolated = failures.find(({ name }) => name === 'says the same in a process of its own');
    assert.equal(isolated?.code, 'NOT_CONSERVED');
    assert.deepEqual(
      failures.filter(({ code }) => code === 'CRASH'),
      [],
    );
  });

  it('says what cannot be loaded', async () => {
    const path = await folder('empty', 'return put(number);');
    await writeFile(join(path, 'src/index.ts'), 'export default {};\n');
    const { ok, checks } = await checkPlugin(path);
    assert.equal(ok, false);
    assert.deepEqual(
      checks.map(({ code, reason }) => [code, reason]),
      [['CRASH', 'BAD_INFO: it exports no consensus module by default']],
    );
    await assert.rejects(checkPlugin(join(root, 'nowhere')), { name: 'NO_PLUGIN' });
  });
});
