/** Words of a command line that are numbers. */
import { usageError } from '../errors.ts';

/** A module as RPC takes it: an id as a number, everything else as text. */
export const reference = (name: string): number | string => (/^\d{1,9}$/.test(name) ? Number(name) : name);

export function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usageError(`${text} is not a whole number`);
  return Number(text);
}
