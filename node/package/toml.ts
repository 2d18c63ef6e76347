/** TOML with places: which line says what, so that an error can point at it. */
import { parse, TomlError } from 'smol-toml';

/** Counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type TomlResult =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly place: Place; readonly reason: string };

export function readToml(source: string): TomlResult {
  try {
    return { ok: true, value: parse(source) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column, message } = error;
    return { ok: false, place: { line, column }, reason: message.split('\n')[0] ?? 'not TOML' };
  }
}

/** Where a path, or the first of it, is written; for one that is not, the nearest thing around it, at last the first line. */
export function placeOf(source: string, path: readonly PropertyKey[]): Place {
  const wanted = path.filter(part => typeof part !== 'number').map(String);
  let best = { length: 0, place: { line: 1, column: 1 } };
  let table: readonly string[] = [];
  source.split('\n').forEach((text, index) => {
    const header = HEADER.exec(text);
    const key = KEY.exec(text);
    if (header === null && key === null) return;
    if (header !== null) table = keyParts(header[2] ?? '');
    const here = key === null ? table : [...table, ...keyParts(key[2] ?? '')];
    const length = here.every((part, at) => at >= wanted.length || part === wanted[at])
      ? Math.min(here.length, wanted.length)
      : 0;
    const column = ((header ?? key)?.[1] ?? '').length + 1;
    if (length > best.length) best = { length, place: { line: index + 1, column } };
  });
  return best.place;
}

const HEADER = /^(\s*\[+\s*)([^\]]+?)\s*\]/;
const KEY = /^(\s*)((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=/;

/** The parts of a dotted key. */
const keyParts = (key: string): string[] =>
  [...key.matchAll(/"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
