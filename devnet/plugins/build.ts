/** From an author's TypeScript to the one file that nodes run. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BuildFailure, build, type Message, type Metafile } from 'esbuild';
import { CliError } from '../errors.ts';
import { kitFrom } from './kit.ts';

/** Where the source of a plugin begins; without it the entry point is taken as it lies there. */
export const SOURCE_FILE = 'src/index.ts';

export interface Built {
  /** One ES module without imports. */
  readonly code: Uint8Array;
  /** The author's files that it was made of; absolute paths. */
  readonly inputs: readonly string[];
}

/** The code of {@link buildFiles}. */
export const buildCode = async (directory: string, entryPoint: string): Promise<Uint8Array> =>
  (await buildFiles(directory, entryPoint)).code;

/**
 * Bundles `src/index.ts` into one ES module without imports, its source map inside, so that errors name the author's
 * lines. The same sources give the same bytes on every machine. With `version` the module says that it is this one,
 * whatever its source says. Throws {@link CliError} BUILD_FAILED with file and line.
 */
export async function buildFiles(directory: string, entryPoint: string, version?: string): Promise<Built> {
  if (existsSync(join(directory, SOURCE_FILE))) return bundle(directory, SOURCE_FILE, version);
  const built = join(directory, entryPoint);
  if (!existsSync(built))
    throw new CliError(
      'NO_SOURCE',
      `${directory} has neither ${SOURCE_FILE} nor ${entryPoint}`,
      `write the plugin in ${SOURCE_FILE}, or build ${entryPoint} yourself`,
    );
  return version === undefined
    ? { code: new Uint8Array(await readFile(built)), inputs: [built] }
    : bundle(directory, entryPoint, version);
}

async function bundle(directory: string, file: string, version: string | undefined): Promise<Built> {
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: directory,
      ...(version === undefined
        ? { entryPoints: [file] }
        : { stdin: { contents: renamed(file, version), resolveDir: directory, sourcefile: 'version.js' } }),
      bundle: true,
      write: false,
      metafile: true,
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
    const [output] = outputFiles;
    if (output === undefined) throw new TypeError('a build without a file');
    return { code: output.contents, inputs: ownFiles(directory, metafile) };
  } catch (error) {
    throw buildError(error);
  }
}

/** Whether each of these files is TypeScript by its syntax. Throws {@link CliError} BUILD_FAILED with file and line. */
export async function checkSyntax(directory: string, files: readonly string[]): Promise<void> {
  try {
    await build({
      absWorkingDir: directory,
      entryPoints: [...files],
      outdir: directory,
      write: false,
      logLevel: 'silent',
    });
  } catch (error) {
    throw buildError(error);
  }
}

function buildError(error: unknown): unknown {
  const errors = (error as Partial<BuildFailure>).errors;
  return errors === undefined
    ? error
    : new CliError('BUILD_FAILED', errors.map(sentence).join('\n'), buildHint(errors));
}

/** A module of its own before the author's, so that lines in errors stay theirs. */
const renamed = (file: string, version: string): string =>
  `import module from ${JSON.stringify(`./${file}`)};
export default { ...module, info: { ...module.info, version: ${JSON.stringify(version)} } };
`;

/** Without the kit, which has a namespace, and without what came from no file. */
const ownFiles = (directory: string, { inputs }: Metafile): readonly string[] =>
  Object.keys(inputs)
    .map(name => resolve(directory, name))
    .filter(existsSync);

const sentence = ({ text, location }: Message): string =>
  location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`;

const buildHint = (errors: readonly Message[]): string =>
  errors.some(({ text }) => text.includes('Could not resolve'))
    ? 'a plugin reaches nothing but its own code: node: modules do not exist there, packages must be installed beside it'
    : 'the plugin must compile';
