import { usageError } from './errors.ts';

/** A whole number of at most nine digits. @throws CliError USAGE */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usageError(`${text} is not a whole number`);
  return Number(text);
}
