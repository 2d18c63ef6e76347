/** The types of a plugin's sources: esbuild leaves them out without a look. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CliError } from '../../errors.ts';

/** Errors that are shown; one mistake can cause hundreds. */
const MOST_ERRORS = 20;

/** Null where the types were checked, else why they were not. Throws CliError TYPES_FAILED with file, line and column. */
export async function checkTypes(folder: string, signal: AbortSignal): Promise<string | null> {
  if (!existsSync(join(folder, 'tsconfig.json'))) return 'there is no tsconfig.json';
  const compiler = packageFolder(folder, 'typescript');
  if (compiler === null) return 'no compiler is installed: npm install brings it';
  const kit = packageFolder(folder, 'devnet');
  if (kit === null || !existsSync(join(kit, 'types/consensus')))
    return 'this devnet has no types beside it: npm run types makes them';
  const lines = await errorsOf(join(compiler, 'bin/tsc'), folder, signal);
  if (lines.length === 0) return null;
  const more = lines.length > MOST_ERRORS ? [`and ${lines.length - MOST_ERRORS} more`] : [];
  throw new CliError(
    'TYPES_FAILED',
    [...lines.slice(0, MOST_ERRORS), ...more].join('\n'),
    'npx tsc shows the same',
  );
}

/** Where Node would find a package; null where it would not. */
function packageFolder(folder: string, name: string): string | null {
  const places = createRequire(join(folder, 'package.json')).resolve.paths(name) ?? [];
  const found = places.map(place => join(place, name)).find(place => existsSync(join(place, 'package.json')));
  return found ?? null;
}

/** `src/index.ts(3,14): error TS2322: ...`, with what belongs to it indented below. */
const ERROR = /^(.*)\((\d+),(\d+)\): (error .*)$/;

async function errorsOf(compiler: string, cwd: string, signal: AbortSignal): Promise<readonly string[]> {
  const { code, said } = await new Promise<{ code: number | null; said: string }>((done, failed) => {
    const args = [compiler, '--noEmit', '--pretty', 'false'];
    const child = spawn(process.execPath, args, { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    child.on('error', failed);
    child.on('close', code => done({ code, said }));
  });
  if (code === 0) return [];
  const lines = said.split('\n').filter(line => line.trim() !== '' && !line.startsWith(' '));
  return lines.map(line => line.replace(ERROR, '$1:$2:$3: $4'));
}
