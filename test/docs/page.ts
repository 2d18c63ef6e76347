/** What tests of tutorials share: the code of a page, and its commands in a shell. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../tidy/sources.ts';

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every page that people read, by its path from the root. */
export const allPages = (): readonly string[] => [
  'README.md',
  'CHANGELOG.md',
  ...['docs', 'examples'].flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.md') && !path.includes('node_modules'))
      .map(path => join(folder, path)),
  ),
];

/** The code blocks of a page in one language. Those of the language `console` are for people only. */
export const blocks = (page: string, language: string): string[] =>
  Array.from(read(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)).flatMap(([, found, text = '']) =>
    found === language ? [text] : [],
  );

/**
 * Lines that a page shows as printed, in blocks of the language `text`, and that are not in the output. In them `…` stands
 * for anything within the line, or nothing.
 */
export function notPrinted(page: string, output: string): readonly string[] {
  const printed = output.split('\n');
  const shown = blocks(page, 'text').flatMap(block => block.trimEnd().split('\n'));
  return shown.filter(line => {
    const pattern = new RegExp(`^${line.split('…').map(escaped).join('.*')}$`);
    return !printed.some(one => pattern.test(one.trimEnd()));
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Skips what needs a tool that this machine lacks, and says so. */
export function skipWithout(context: Mocha.Context, ...tools: readonly string[]): void {
  for (const tool of tools)
    if (spawnSync(tool, ['--version']).status !== 0) {
      console.log(`      no ${tool} on this machine: the commands of the tutorial were not tried`);
      context.skip();
    }
}

/** Makes a folder one in which devnet and these packages are installed, with the commands of some of them. */
export function installInto(home: string, packages: readonly string[], commands: readonly string[]): void {
  mkdirSync(join(home, 'bin'));
  mkdirSync(join(home, 'node_modules'));
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }\n');
  symlinkSync(join(ROOT, 'devnet/bin.js'), join(home, 'bin/devnet'));
  symlinkSync(ROOT, join(home, 'node_modules/devnet'));
  for (const name of packages)
    symlinkSync(join(ROOT, 'node_modules', name), join(home, 'node_modules', name));
  for (const name of commands) symlinkSync(join(ROOT, 'node_modules/.bin', name), join(home, 'bin', name));
}

/** Longer than the commands of any page take where much else runs. */
const PAGE_MS = 150_000;

/** Runs lines in one shell, in a home whose `bin` comes first. Rejects, with what was printed, where one fails or none ends. */
export async function runLines(
  home: string,
  lines: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  // From a file: errors of child processes repeat their whole command line.
  const script = join(home, '.commands');
  writeFileSync(script, lines.join('\n'));
  try {
    return await promisify(execFile)('bash', [script], {
      cwd: home,
      env: { PATH: [join(home, 'bin'), process.env.PATH].join(delimiter), HOME: home, ...env },
      timeout: PAGE_MS,
    });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`the commands failed, or did not end:\n${stdout}\n${stderr}`, { cause: error });
  }
}
