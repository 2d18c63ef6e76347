/**
 * TypeScript for other people's modules, from what they say of themselves. Their text ends up in a source file, so
 * names and comments are quoted: nothing that a module says becomes code.
 */
import type { Description } from '../../module/index.ts';
import { alternatives, propertiesOf, type Schema, schemaOf, valuesOf } from './schema.ts';

/** Deepest nesting that is written out; a schema that refers to itself is unknown from there on. */
const MAX_DEPTH = 8;
/** Types in one file: a schema of a few bytes, referring to itself, could unfold without end. */
const MAX_TYPES = 10_000;

/** What is left of the limits while a type is written. */
interface Room {
  readonly root: Schema;
  readonly depth: number;
  readonly types: { left: number };
}

/** A file that exports the interface of a module. */
export function declarationsOf(alias: string, { address, functions }: Description): string {
  const types = { left: MAX_TYPES };
  const write = (schema: object): string => {
    const root = schemaOf(schema);
    return typeOf(root, { root, depth: MAX_DEPTH, types });
  };
  const lines = [...functions].map(([name, { description, params, result, streams }]) => {
    const answer = result === null ? 'Json' : write(result);
    const parts = [write(params), streams ? `(${answer})[]` : answer, answer];
    return `${comment(description)}  readonly ${JSON.stringify(name)}: ModuleFunction<${parts.join(', ')}>;\n`;
  });
  return (
    `// The module ${commented(alias)} (${commented(address)}), as it describes itself. Written by devnet module types.\n` +
    `import type { Json, ModuleFunction } from 'devnet/module';\n\n` +
    `export interface ${identifier(alias)}Module {\n${lines.join('')}}\n`
  );
}

/** The TypeScript type of a JSON schema; `unknown` for what has no such type. */
function typeOf(schema: Schema, room: Room): string {
  const found = [...new Set(alternatives(schema, room.root).map(one => typeOfOne(one, room)))];
  return found.length === 1 ? (found[0] ?? 'unknown') : found.map(one => `(${one})`).join(' | ');
}

function typeOfOne(schema: Schema, room: Room): string {
  const inner = { ...room, depth: room.depth - 1 };
  room.types.left--;
  if (inner.depth < 0 || room.types.left < 0) return 'unknown';
  const values = valuesOf(schema);
  if (values !== undefined) return values.length === 0 ? 'never' : values.map(literal).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `readonly (${typeOf(schemaOf(schema.items), inner)})[]`;
    case 'object':
      return objectType(schema, inner);
    default:
      return 'unknown';
  }
}

function objectType(schema: Schema, room: Room): string {
  const members = propertiesOf(schema, room.root).map(
    ({ name, schema: of, required }) =>
      `readonly ${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(of, room)};`,
  );
  if (members.length > 0) return `{ ${members.join(' ')} }`;
  const { additionalProperties } = schema;
  const rest = additionalProperties === undefined ? 'unknown' : typeOf(schemaOf(additionalProperties), room);
  return `{ readonly [name: string]: ${rest} }`;
}

const literal = (value: unknown): string =>
  typeof value === 'object' && value !== null ? 'unknown' : (JSON.stringify(value) ?? 'unknown');

const comment = (text: string): string => (text === '' ? '' : `  /** ${commented(text)} */\n`);

/** Descriptions come without line ends; what would end a comment is taken apart. */
const commented = (text: string): string => text.replaceAll('*/', '* /').replace(/[\r\n\u2028\u2029]/g, ' ');

/** `my-router` becomes `MyRouter`. */
function identifier(alias: string): string {
  const words = alias.split(/[^A-Za-z0-9]+/).filter(word => word !== '');
  const name = words.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(name) ? name : `The${name}`;
}
