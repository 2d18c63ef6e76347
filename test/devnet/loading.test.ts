/** What a command loads before it does anything: that is most of the time that a short one takes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createProgram } from '../../devnet/program.ts';
import { ROOT } from '../tidy/sources.ts';

/** What prints tables comes with what prints anything. */
const TABLES = [
  'ansi-regex',
  'cli-table3',
  'emoji-regex',
  'is-fullwidth-code-point',
  'string-width',
  'strip-ansi',
];

describe('a command loads', () => {
  const root = mkdtempSync(join(tmpdir(), 'devnet-loading-'));
  const loaded = new Map<string, Set<string>>();
  /** Modules of our own by their rooms, and packages. */
  const of = (name: string): string[] => [...(loaded.get(name) ?? [])].sort();

  before(async function () {
    this.timeout(30_000);
    const commands = {
      version: ['--version'],
      status: ['--dir', join(root, 'none'), '--rpc', 'http://127.0.0.1:1', 'status'],
    };
    await Promise.all(
      Object.entries(commands).map(async ([name, args]) => loaded.set(name, await load(name, args))),
    );
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** V8 says, at the end of the process, which scripts it has seen. */
  async function load(name: string, args: readonly string[]): Promise<Set<string>> {
    const directory = join(root, name);
    await new Promise<void>(resolve => {
      const env = { ...process.env, NODE_V8_COVERAGE: directory };
      const command = ['--import', 'tsx', join(ROOT, 'devnet/cli.ts'), ...args];
      execFile(process.execPath, command, { env, cwd: ROOT }, () => resolve());
    });
    const scripts = readdirSync(directory).flatMap(
      file =>
        (
          JSON.parse(readFileSync(join(directory, file), 'utf8')) as {
            readonly result: readonly { url: string }[];
          }
        ).result,
    );
    const own = `${pathToFileURL(ROOT).href}/`;
    return new Set(
      scripts.flatMap(({ url }) => {
        const packed = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(url)?.[1];
        // What runs the sources is no part of them.
        if (packed !== undefined) return ['tsx', 'get-tsconfig', 'esbuild'].includes(packed) ? [] : [packed];
        if (!url.startsWith(own)) return [];
        const [room = '', second = ''] = url.slice(own.length).split('/');
        return [room === 'node' ? `${room}/${second.replace(/\?.*/, '')}` : room.replace(/\?.*/, '')];
      }),
    );
  }

  it('no more than its words and the library that reads them, to tell its version', () => {
    const needed = new Set(['commander', 'devnet', 'package.json', 'picocolors', ...TABLES]);
    assert.deepEqual(
      of('version').filter(room => !needed.has(room)),
      [],
    );
    assert.ok(of('version').includes('commander'));
  });

  it('a client and no node, to tell the status', () => {
    const status = of('status');
    for (const needed of ['commander', 'devnet', 'node/client']) assert.ok(status.includes(needed), needed);
    const heavy = [
      'p2p',
      'module',
      'node/rpc',
      'node/store',
      'node/ordering',
      'node/plugins',
      'libp2p',
      'level',
      'quickjs-wasi',
    ];
    assert.deepEqual(
      heavy.filter(room => status.includes(room)),
      [],
    );
  });

  it('the commands that a line names, or all of them', async () => {
    const { program } = await createProgram();
    const all = program.commands.map(command => command.name());
    const lines: readonly (readonly string[])[] = [
      ...all.map(name => ['--json', '--dir', 'status', '--rpc=x', name, '--help']),
      ['--dir', 'up'],
      ['--help'],
      ['unknown'],
    ];
    for (const line of lines) {
      const made = (await createProgram(line)).program.commands.map(command => command.name());
      const [, , , , name = ''] = line;
      if (!all.includes(name) || name === 'completion') assert.deepEqual(made, all, line.join(' '));
      else assert.ok(made.includes(name) && made.length < all.length, line.join(' '));
    }
    assert.deepEqual((await createProgram(['--json', '--version'])).program.commands, []);
  });
});
