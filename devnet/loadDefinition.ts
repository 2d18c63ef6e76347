import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { definitionOf, type ModuleDefinition } from '../module/index.ts';
import { importModule } from '../node/compiled/use.ts';
import { CliError } from './errors.ts';
import { whyNotLoaded } from './whyNotLoaded.ts';

/** The module that a TypeScript or JavaScript file exports by default. Throws DEFINITION_INVALID for what is none. */
export async function loadDefinition(file: string): Promise<ModuleDefinition> {
  const path = resolve(file);
  if (!existsSync(path))
    throw new CliError(
      'NO_SUCH_FILE',
      `${file} does not exist`,
      'name a file that exports a module by default',
    );
  const exported = await exportsOf(file, pathToFileURL(path).href);
  const definition = unwrap(exported.default);
  if (definition === undefined)
    throw new CliError(
      'NO_MODULE',
      `${file} exports nothing by default`,
      'export default defineModule({ functions: { ... } }), or a class with a static table of functions',
    );
  return definitionOf(definition);
}

/** Throws CliError FILE_FAILED with the line. */
async function exportsOf(file: string, url: string): Promise<{ readonly default?: unknown }> {
  if (!/\.[cm]?[jt]s$/.test(url))
    throw new CliError('NO_MODULE', `${file} is no TypeScript or JavaScript`, 'name a file like greeter.ts');
  try {
    return (await (url.endsWith('ts') ? importTypeScript(url) : importModule(url))) as { default?: unknown };
  } catch (error) {
    throw new CliError(
      'FILE_FAILED',
      whyNotLoaded(file, url, error),
      'the file must run by itself before a module can be served from it',
    );
  }
}

/** As ESM, and only when it is needed: what tsx has for `require` does not find its own parts. */
async function importTypeScript(url: string): Promise<unknown> {
  const { tsImport } = (await importModule('tsx/esm/api')) as typeof import('tsx/esm/api');
  return tsImport(url, import.meta.url);
}

/** A file that was read as CommonJS has its exports one level deeper. */
const unwrap = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'default' in value ? value.default : value;
