/** What a command prints: tables for people, failures for people and for programs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliError, EXIT } from '../../devnet/errors.ts';
import { describeFailure, table } from '../../devnet/output.ts';
import { readRunFile } from '../../devnet/supervisor/runFile.ts';

/** What a work throws. */
function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('it did not throw');
}

describe('what a command prints', () => {
  it('a table has no trailing spaces, and no head without words', () => {
    const rows = [
      ['a', 'long name'],
      ['bc', ''],
    ];
    assert.equal(table(['', ''], rows), 'a   long name\nbc');
    assert.equal(table(['n', 'name'], rows, [0]), ' n  name\n a  long name\nbc');
  });

  it('has colours on a terminal only, unless one asks: a pipe has none, also where CI is set', () => {
    const shown = (env: Record<string, string>): string =>
      execFileSync(
        process.execPath,
        [
          ...['--import', 'tsx', '--input-type=module', '--eval'],
          `import { colors } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../devnet/colors.ts')))};
           process.stdout.write(colors.red('x'));`,
        ],
        { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } },
      );
    assert.equal(shown({ CI: 'true' }), 'x');
    assert.equal(shown({ FORCE_COLOR: '1', NO_COLOR: '1' }), 'x');
    assert.equal(shown({ FORCE_COLOR: '1' }), '\x1b[31mx\x1b[39m');
  });

  it('what the operating system says of a path is told in words', () => {
    const here = import.meta.dirname;
    for (const [path, work, name] of [
      [join(here, 'nothing'), (file: string) => readFileSync(file), 'NO_SUCH_FILE'],
      [import.meta.filename, (file: string) => mkdirSync(file), 'FILE_EXISTS'],
      [join(import.meta.filename, 'below'), (file: string) => readFileSync(file), 'NOT_A_DIRECTORY'],
    ] as const) {
      const failure = describeFailure(thrownBy(() => work(path)));
      assert.equal(failure.name, name);
      assert.ok(failure.message.startsWith(`${path} `), failure.message);
      assert.ok(!failure.hint.includes('DEVNET_DEBUG'));
      assert.equal(failure.exit, EXIT.failed);
    }
  });

  it('a directory without a devnet is named in full, for whoever stands in another one', () => {
    const failure = describeFailure(thrownBy(() => readRunFile('no/devnet')));
    assert.equal(failure.message, `no devnet runs in ${join(process.cwd(), 'no/devnet')}`);
    assert.match(failure.hint, /devnet up.*--dir/);
    assert.equal(failure.exit, EXIT.notReady);
  });

  it('a failure of ours keeps its words, one of nobody tells how to find its place', () => {
    const ours = describeFailure(new CliError('NOT_READY', 'wait', 'a little', EXIT.notReady));
    assert.deepEqual([ours.name, ours.message, ours.hint, ours.exit], ['NOT_READY', 'wait', 'a little', 3]);
    const nobodys = describeFailure(new TypeError('broken'));
    assert.deepEqual([nobodys.name, nobodys.message, nobodys.exit], ['TypeError', 'broken', 1]);
    assert.match(nobodys.hint, /DEVNET_DEBUG=1/);
  });
});
