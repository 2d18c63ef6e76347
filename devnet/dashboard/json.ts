/** JSON that people write into the page. */
import { problemOf, said } from './acting.ts';

/** null, and the page says why, for what is no object or list in JSON. */
export function parseObject(text: string, hint: string): object | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    said.value = { ...problemOf(error), hint };
    return null;
  }
  if (typeof value === 'object' && value !== null) return value;
  said.value = { ok: false, text: 'This is neither an object nor a list', hint };
  return null;
}
