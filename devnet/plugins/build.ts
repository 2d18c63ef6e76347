/** From an author's TypeScript to the one file that nodes run. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildFailure, build, type Message } from 'esbuild';
import { CliError } from '../errors.ts';
import { kitFrom } from './kit.ts';

/** Where the source of a plugin begins; without it the entry point is taken as it lies there. */
export const SOURCE_FILE = 'src/index.ts';

/**
 * Bundles `src/index.ts` into one ES module without imports, its source map inside, so that errors name the author's
 * lines. The same sources give the same bytes on every machine. Throws {@link CliError} BUILD_FAILED with file and line.
 */
export async function buildCode(directory: string, entryPoint: string): Promise<Uint8Array> {
  if (existsSync(join(directory, SOURCE_FILE))) return bundle(directory);
  const built = join(directory, entryPoint);
  if (existsSync(built)) return new Uint8Array(await readFile(built));
  throw new CliError(
    'NO_SOURCE',
    `${directory} has neither ${SOURCE_FILE} nor ${entryPoint}`,
    `write the plugin in ${SOURCE_FILE}, or build ${entryPoint} yourself`,
  );
}

async function bundle(directory: string): Promise<Uint8Array> {
  try {
    const { outputFiles } = await build({
      absWorkingDir: directory,
      entryPoints: [SOURCE_FILE],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['import'],
      target: 'es2023',
      charset: 'utf8',
      sourcemap: 'inline',
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [kitFrom(directory)],
    });
    const [file] = outputFiles;
    if (file === undefined) throw new TypeError('a build without a file');
    return file.contents;
  } catch (error) {
    const errors = (error as Partial<BuildFailure>).errors;
    if (errors === undefined) throw error;
    throw new CliError('BUILD_FAILED', errors.map(sentence).join('\n'), buildHint(errors));
  }
}

const sentence = ({ text, location }: Message): string =>
  location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`;

const buildHint = (errors: readonly Message[]): string =>
  errors.some(({ text }) => text.includes('Could not resolve'))
    ? 'a plugin reaches nothing but its own code: node: modules do not exist there, packages must be installed beside it'
    : 'the plugin must compile';
