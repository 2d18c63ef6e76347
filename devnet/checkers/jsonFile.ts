/** JSON that an author writes, with the place of each mistake. */
import type { z } from 'zod';
import { CliError } from '../errors.ts';

/** Throws {@link CliError} BAD_GROUPS. */
export function parseFile<T>(schema: z.ZodType<T>, text: string, file: string): T {
  const parsed = schema.safeParse(jsonOf(text, file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badGroups(file, issue?.path ?? [], issue?.message ?? 'not what it should be');
}

export const badGroups = (file: string, path: readonly PropertyKey[], reason: string): CliError =>
  new CliError(
    'BAD_GROUPS',
    `${file}${path.length === 0 ? '' : `, ${placeOf(path)}`}: ${reason}`,
    'docs/reference/checkers.md describes groups in JSON',
  );

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badGroups(file, [], error.message);
  }
}

/** `groups[2].group[0].input`. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
