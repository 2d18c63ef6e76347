/** What tests of tutorials share: the code of a page, and its commands in a shell. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../tidy/sources.ts';

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The code blocks of a page in one language. Those of the language `console` are for people only. */
export const blocks = (page: string, language: string): string[] =>
  Array.from(read(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)).flatMap(([, found, text = '']) =>
    found === language ? [text] : [],
  );

/** Skips what needs a tool that this machine lacks, and says so. */
export function skipWithout(context: Mocha.Context, ...tools: readonly string[]): void {
  for (const tool of tools)
    if (spawnSync(tool, ['--version']).status !== 0) {
      console.log(`      no ${tool} on this machine: the commands of the tutorial were not tried`);
      context.skip();
    }
}

/** Runs lines in one shell, in a home whose `bin` comes first. Rejects where one fails. */
export const runLines = (
  home: string,
  lines: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  promisify(execFile)('bash', ['-c', lines.join('\n')], {
    cwd: home,
    env: { PATH: [join(home, 'bin'), process.env.PATH].join(delimiter), HOME: home, ...env },
  });
