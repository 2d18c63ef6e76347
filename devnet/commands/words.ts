/** Words of a command line that are numbers. */
import { usageError } from '../errors.ts';

/** A module as RPC takes it: an id as a number, everything else as text. */
export const reference = (name: string): number | string => (/^\d{1,9}$/.test(name) ? Number(name) : name);

export function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usageError(`${text} is not a whole number`);
  return Number(text);
}

/** 0 to 100, with a % behind it or not. */
export function percentOf(text: string): number {
  const percent = Number(text.replace(/ ?%$/, ''));
  if (!/^\d+(\.\d+)? ?%?$/.test(text) || percent > 100)
    throw usageError(`${text} is no part of a hundred`, 'a number from 0 to 100, e.g. 20');
  return percent;
}
