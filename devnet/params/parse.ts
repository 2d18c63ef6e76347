/**
 * Params of a call from the words of a command line:
 *
 *     name=Ada          as the module's schema says: text, number, true or false, null, one of its values, JSON
 *     tag=a tag=b       a list, item by item; tag=["a","b"] at once
 *     at.x=1 at.y=2     members of an object
 *     text=@notes.txt   what stands in a file: text, or JSON where the schema expects something else
 *     key:=[1,2]        this JSON, whatever the schema says
 */
import { readFileSync, statSync } from 'node:fs';
import { usageError } from '../errors.ts';
import { printable } from '../output.ts';
import {
  alternatives,
  kindOf,
  plain,
  propertiesOf,
  propertyOf,
  resolve,
  type Schema,
  schemaOf,
  valuesOf,
} from './schema.ts';

/** Bytes: what a call can carry. */
const MAX_FILE = 1024 * 1024;

type Node = { [name: string]: unknown };

/** Throws a usage error that names the argument. */
export function paramsOf(words: readonly string[], params: object): object {
  const root = schemaOf(params);
  const hint = `The parameters are: ${signatureOf(params) || 'any key=value'}.`;
  const tree: Node = Object.create(null);
  const lists = new Set<string>();
  for (const word of words) {
    const { name, text, raw } = wordOf(word, hint);
    const path = pathOf(name, root);
    const schema = schemaAt(path, root);
    if (schema === undefined) throw usageError(`there is no parameter ${name}`, hint);
    const item = raw || isWhole(text) ? undefined : itemOf(schema, root);
    const value = raw ? jsonOf(text, name, hint) : readValue(item ?? schema, root, name, text, hint);
    if (item === undefined) put(tree, path, value, name);
    else if (lists.has(name)) append(tree, path, value);
    else put(tree, path, [value], name);
    if (item !== undefined) lists.add(name);
  }
  const missing = propertiesOf(root, root).find(
    ({ name, required }) => required && !Object.hasOwn(tree, name),
  );
  if (missing !== undefined) throw usageError(printable(`${missing.name} is missing`), hint);
  return tree;
}

/** `name=<text> [n=<integer>]`. */
export function signatureOf(params: object): string {
  const root = schemaOf(params);
  return propertiesOf(root, root)
    .map(({ name, schema, required }) => {
      const text = `${printable(name.slice(0, 80))}=<${kindOf(schema, root)}>`;
      return required ? text : `[${text}]`;
    })
    .join(' ');
}

function wordOf(word: string, hint: string): { name: string; text: string; raw: boolean } {
  const split = word.indexOf('=');
  const raw = word[split - 1] === ':';
  const name = word.slice(0, raw ? split - 1 : split);
  if (split < 1 || name === '') throw usageError(`${word} is not key=value`, hint);
  return { name, text: word.slice(split + 1), raw };
}

/** A name with dots may be the name of a property, or a way through objects. */
function pathOf(name: string, root: Schema): readonly string[] {
  const whole = propertiesOf(root, root).some(property => property.name === name);
  return whole ? [name] : name.split('.');
}

const schemaAt = (path: readonly string[], root: Schema): Schema | undefined =>
  path.reduce<Schema | undefined>(
    (schema, name) =>
      schema === undefined
        ? undefined
        : alternatives(schema, root)
            .map(one => propertyOf(one, name, root))
            .find(found => found !== undefined),
    root,
  );

const isWhole = (text: string): boolean => text.startsWith('[') || text.startsWith('@');

/** The schema of a list's items, if a list is what is expected. */
function itemOf(schema: Schema, root: Schema): Schema | undefined {
  const choices = alternatives(schema, root);
  const list = choices.find(({ type }) => type === 'array');
  return list === undefined || choices.some(({ type }) => type === 'string')
    ? undefined
    : schemaOf(list.items);
}

function put(tree: Node, path: readonly string[], value: unknown, name: string): void {
  const [last = ''] = path.slice(-1);
  const node = nodeAt(tree, path, name);
  if (Object.hasOwn(node, last)) throw usageError(`${name} is given twice`);
  node[last] = value;
}

function append(tree: Node, path: readonly string[], value: unknown): void {
  const [last = ''] = path.slice(-1);
  (nodeAt(tree, path, '')[last] as unknown[]).push(value);
}

/** The object that holds the last name of a path. Objects without a prototype: a name may be any text. */
const nodeAt = (tree: Node, path: readonly string[], name: string): Node =>
  path.slice(0, -1).reduce<Node>((node, part) => {
    if (!Object.hasOwn(node, part)) node[part] = Object.create(null);
    const next = node[part];
    // Those that words have made, not those that came as JSON.
    if (typeof next === 'object' && next !== null && Object.getPrototypeOf(next) === null)
      return next as Node;
    throw usageError(`${name} is given as a whole and in parts`);
  }, tree);

function readValue(schema: Schema, root: Schema, name: string, text: string, hint: string): unknown {
  const choices = alternatives(schema, root);
  if (text.startsWith('@')) {
    const content = fileOf(text.slice(1), name);
    return choices.some(({ type }) => type === 'string') ? content : jsonOf(content, name, hint);
  }
  // Text takes everything, so it comes last.
  for (const one of choices.toSorted((a, b) => Number(a.type === 'string') - Number(b.type === 'string'))) {
    const value = read(resolve(one, root), text);
    if (value !== undefined) return value;
  }
  throw usageError(`${name}: ${text} is no ${kindOf(schema, root)}`, hint);
}

/** The value that a text means under a schema without alternatives; undefined if it means none. */
function read(schema: Schema, text: string): unknown {
  const values = valuesOf(schema);
  if (values !== undefined) return values.find(value => plain(value) === text);
  switch (schema.type) {
    case 'string':
      return text;
    case 'integer':
      return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    case 'number':
      return typeof parsed(text) === 'number' ? parsed(text) : undefined;
    case 'boolean':
      return typeof parsed(text) === 'boolean' ? parsed(text) : undefined;
    case 'null':
      return text === 'null' ? null : undefined;
    case 'array':
      return Array.isArray(parsed(text)) ? parsed(text) : undefined;
    case 'object': {
      const value = parsed(text);
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
    }
    default:
      // Nothing is said: JSON if it is JSON, and else meant as it stands.
      return parsed(text) ?? (text === 'null' ? null : text);
  }
}

/** undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function jsonOf(text: string, name: string, hint: string): unknown {
  const value = parsed(text);
  if (value === undefined) throw usageError(`${name}: ${text.slice(0, 80)} is not JSON`, hint);
  return value;
}

function fileOf(path: string, name: string): string {
  try {
    if (statSync(path).size > MAX_FILE) throw usageError(`${name}: ${path} is over ${MAX_FILE} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'EACCES') throw error;
    throw usageError(
      `${name}: cannot read ${path} (${code})`,
      'write key:=JSON for a text that starts with @',
    );
  }
}
