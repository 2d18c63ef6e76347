/**
 * Starts a bundled program: `dist/start.cjs`. Most of the start of such a program is compiling, so code that an earlier
 * start has compiled is used where there is some.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { codeDirectory } from './directory.ts';
import { type Found, fileOf, readCode, writeCode } from './store.ts';
import { type CompiledCode, tellCompiledCode } from './use.ts';

/** What CommonJS modules get. `build.js` writes the function around the program. */
type Program = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  path: string,
  directory: string,
) => void;

/** Runs the program in this file: ASCII, and one expression that is a function. */
export function start(path: string): void {
  const source = readFileSync(path);
  const directory = codeDirectory(process.env);
  const file = fileOf(source);
  const found: Found | null = directory === null ? null : readCode(directory, file);
  const script = new Script(source.toString('latin1'), {
    filename: path,
    ...(found?.kind === 'found' ? { cachedData: found.code } : {}),
  });
  const told = tale(found, script.cachedDataRejected === true);
  const keep = (): string | null =>
    directory === null || told.state === 'used'
      ? null
      : writeCode(directory, file, () => script.createCachedData());
  tellCompiledCode({ ...told, keep, import: url => import(url) });
  const module = { exports: {} };
  const program = script.runInThisContext() as Program;
  program(module.exports, createRequire(path), module, path, dirname(path));
}

function tale(found: Found | null, rejected: boolean): Pick<CompiledCode, 'state' | 'detail'> {
  if (found === null) return { state: 'off', detail: 'no directory for compiled code' };
  if (found.kind === 'absent') return { state: 'absent', detail: 'none was kept' };
  if (found.kind === 'refused') return { state: 'refused', detail: found.reason };
  return rejected
    ? { state: 'refused', detail: 'V8 has rejected it' }
    : { state: 'used', detail: `${found.code.length} bytes` };
}
