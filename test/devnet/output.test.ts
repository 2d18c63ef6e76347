/** What a command prints: tables for people, and colours. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { table } from '../../devnet/output.ts';

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
});
