/** Canonical JSON (JCS, RFC 8785): the text of a value that both sides hash and sign. */
import { ModuleError } from '../errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Deepest nesting of params and results. */
export const MAX_DEPTH = 64;

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * JCS text of a value. Members that are undefined are left out, as JSON.stringify does. What else is not JSON (NaN,
 * bigint, functions, class instances, lone surrogates) is a NOT_JSON error instead of a silent guess; nesting above `maxDepth`, and so a circle, is TOO_DEEP.
 */
export function canonicalJson(value: unknown, maxDepth = MAX_DEPTH): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return textOf(value);
  if (typeof value === 'number') return numberOf(value);
  if (typeof value !== 'object') throw notJson(`a ${typeof value}`);
  if (maxDepth <= 0)
    throw new ModuleError('TOO_DEEP', `nested deeper than ${MAX_DEPTH} levels`, 'nest less deeply');
  if (Array.isArray(value)) {
    // Array.from visits holes too, which map would skip.
    return `[${Array.from(value, item => canonicalJson(item, maxDepth - 1)).join(',')}]`;
  }
  return objectOf(value, maxDepth);
}

function objectOf(value: object, maxDepth: number): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw notJson(`an instance of ${prototype.constructor?.name}`);
  // The default order compares UTF-16 units, which is what RFC 8785 section 3.2.3 asks for.
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${textOf(name)}:${canonicalJson(member, maxDepth - 1)}`);
  return `{${members.join(',')}}`;
}

function textOf(value: string): string {
  if (LONE_SURROGATE.test(value)) throw notJson('text with a lone surrogate');
  return JSON.stringify(value);
}

function numberOf(value: number): string {
  if (!Number.isFinite(value)) throw notJson(String(value));
  return JSON.stringify(value);
}

const notJson = (what: string): ModuleError =>
  new ModuleError(
    'NOT_JSON',
    `${what} has no JSON form`,
    'use null, booleans, numbers, texts, lists and plain objects',
  );

/** Deepest nesting of a JSON text, found without parsing it. */
export function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (quoted) {
      if (unit === 0x5c) index++;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) quoted = true;
    else if (unit === 0x5b || unit === 0x7b) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return deepest;
}
