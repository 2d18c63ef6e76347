/** What pages say to type exists: each command and each option, also where nobody can run it for the reader. */
import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { createProgram } from '../../devnet/program.ts';
import { allPages, read } from './page.ts';

const { program } = await createProgram();
/** Records of decisions tell of their time. */
const pages = allPages().filter(page => !page.startsWith('docs/decisions/'));

/** Code of a page: blocks that are not output, indented lines, and words between backticks. */
function codeOf(page: string): readonly string[] {
  const text = read(page);
  const fenced = Array.from(text.matchAll(/^```(sh|console|yaml)\n(.*?)^```$/gms), ([, , code = '']) => code);
  const prose = text.replace(/^```.*?^```$/gms, '');
  const indented = Array.from(prose.matchAll(/^ {4,}(.*)$/gm), ([, line = '']) => line);
  const inline = Array.from(prose.matchAll(/`((?:npx )?devnet [^`]+)`/g), ([, code = '']) => code);
  return [...fenced.flatMap(code => code.split('\n')), ...indented, ...inline];
}

/** Uses of the command in a line of a shell, without what a comment says. */
const usesIn = (line: string): readonly string[] =>
  Array.from(
    line
      .replace(/(^| )#.*/, '')
      .matchAll(/(?:^|npx |&& |\|\| |\$\(|- |run: |do |-I N |\d )devnet ((?:(?!"?\$\()[^|&;)])+)/g),
    ([, words = '']) => words,
  );

/** Why a use cannot be right, or null. */
function mistakeIn(use: string): string | null {
  const words = use
    .replace(/'[^']*'|"[^"]*"/g, 'text')
    .split(' ')
    .filter(word => word !== '');
  let command: Command = program;
  for (const word of words) {
    if (/^--?[a-z]/i.test(word)) {
      const name = word.split('=', 1)[0];
      if (name === '--help' || name === '-h') continue;
      const options = [...command.options, ...program.options];
      if (options.every(({ long, short }) => long !== name && short !== name))
        return `devnet ${use}: there is no ${word}`;
      continue;
    }
    const next = command.commands.find(each => each.name() === word || each.aliases().includes(word));
    if (next !== undefined) command = next;
    else if (command === program && /^[a-z]/.test(word)) {
      // The value of a global option, as in `devnet --dir one up`.
      if (!words.includes('--dir') && !words.includes('--rpc')) return `devnet ${use}: there is no ${word}`;
    } else if (command.commands.length > 0 && /^[a-z-]+$/.test(word))
      return `devnet ${use}: there is no ${word}`;
  }
  return null;
}

describe('pages name commands and options that exist', () => {
  for (const page of pages) {
    const uses = codeOf(page).flatMap(usesIn);
    if (uses.length === 0) continue;
    it(`${page}: ${uses.length}`, () => {
      assert.deepEqual(
        uses.map(mistakeIn).filter(mistake => mistake !== null),
        [],
      );
    });
  }

  it('finds what does not exist', () => {
    assert.match(mistakeIn('epoch skip') ?? '', /there is no skip/);
    assert.match(mistakeIn('up --fast') ?? '', /there is no --fast/);
    assert.match(mistakeIn('rewind 3') ?? '', /there is no rewind/);
    assert.equal(mistakeIn("gov propose set 'a title' slashBps=1 --from bob"), null);
    assert.deepEqual(usesIn('npx devnet up && devnet down   # devnet fly'), ['up ', 'down  ']);
  });
});
