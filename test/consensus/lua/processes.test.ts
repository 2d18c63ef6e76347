import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { ATTACKS, LIMITS } from './attacks.ts';
import { codeOf, textOf, theLua } from './support.ts';

const child = fileURLToPath(new URL('./child.ts', import.meta.url));

interface Surroundings {
  readonly name: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly seed: number;
}

const PROCESSES: readonly Surroundings[] = [
  {
    name: 'far away, with little heap, optimised from the start',
    flags: ['--max-old-space-size=96', '--no-liftoff'],
    environment: { TZ: 'Asia/Kolkata', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
    seed: 0,
  },
  {
    name: 'with half the stack, never optimised, after other checks',
    flags: ['--stack-size=500', '--no-wasm-tier-up', '--no-opt'],
    environment: { TZ: 'America/St_Johns', LC_ALL: 'C' },
    seed: 7,
  },
  {
    name: 'with four times the stack, after yet other checks',
    flags: ['--stack-size=3900'],
    environment: { TZ: 'UTC', LC_ALL: 'de_DE.UTF-8' },
    seed: 99_991,
  },
];

describe('a check in other processes', function () {
  this.timeout(120_000);
  const run = async (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { PATH: process.env.PATH, ...environment },
      maxBuffer: 16_777_216,
    });
    return stdout;
  };
  const here = (): string =>
    ATTACKS.map(({ code }) => textOf(theLua().check(codeOf(code), [], LIMITS))).join('\n');

  for (const { name, flags, environment, seed } of PROCESSES)
    it(`gives the same to the byte: ${name}`, async () => {
      const flagged = [...flags, '--import', 'tsx', child, String(seed)];
      assert.equal(await run(flagged, environment), here());
    });

  it('gives the same as one bundled file that may read nothing but itself, as plugins run', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'devnet-lua-'));
    try {
      const outfile = join(directory, 'child.mjs');
      await build({ entryPoints: [child], bundle: true, platform: 'node', format: 'esm', outfile });
      const permission = ['--permission', '--experimental-permission'].find(flag =>
        process.allowedNodeEnvironmentFlags.has(flag),
      );
      assert.ok(permission !== undefined);
      assert.equal(await run([permission, `--allow-fs-read=${outfile}`, outfile], {}), here());
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
