/**
 * The JSON schemas in a module's description, as far as the command line needs them. They are a stranger's: whatever
 * they hold, reading them ends, and what they do not say is left to the module to check.
 */

import { printable } from '../output.ts';

export interface Schema {
  readonly $ref?: unknown;
  readonly $defs?: unknown;
  readonly type?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly anyOf?: unknown;
  readonly oneOf?: unknown;
  readonly allOf?: unknown;
  readonly items?: unknown;
  readonly properties?: unknown;
  readonly additionalProperties?: unknown;
  readonly required?: unknown;
  readonly default?: unknown;
  readonly description?: unknown;
}

/** Longest chain of references and alternatives that is followed. */
const MAX_HOPS = 16;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema, or the empty one for what is none: it allows everything. */
export const schemaOf = (value: unknown): Schema => (isObject(value) ? value : {});

/** Follows `#/$defs/name`. A circle, or a reference to elsewhere, allows everything. */
export function resolve(schema: Schema, root: Schema): Schema {
  let found = schema;
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    if (typeof found.$ref !== 'string') return found;
    const [, section = '', name = ''] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(found.$ref) ?? [];
    found = member(schemaOf(Reflect.get(root, section)), name) ?? {};
  }
  return {};
}

/** The kinds of value that a schema allows; each is itself without alternatives. */
export function alternatives(schema: Schema, root: Schema, depth = MAX_HOPS): Schema[] {
  const found = resolve(schema, root);
  const choices = [found.anyOf, found.oneOf].find(Array.isArray) as readonly unknown[] | undefined;
  if (choices !== undefined && depth > 0)
    return choices
      .slice(0, 64)
      .flatMap(choice => alternatives(schemaOf(choice), root, Math.floor(depth / 4)));
  if (!Array.isArray(found.type)) return [found];
  return found.type.slice(0, 8).map(type => ({ ...found, type }));
}

/** Own members only: a property may have any name. */
function member(of: object, name: string): Schema | undefined {
  return Object.hasOwn(of, name) ? schemaOf(Reflect.get(of, name)) : undefined;
}

/** The schema of a property; undefined if there is no such property. */
export function propertyOf(schema: Schema, name: string, root: Schema): Schema | undefined {
  const { properties, additionalProperties } = resolve(schema, root);
  const own = isObject(properties) ? member(properties, name) : undefined;
  if (own !== undefined) return own;
  if (isObject(additionalProperties)) return additionalProperties;
  return additionalProperties === true || !isObject(properties) ? {} : undefined;
}

export interface Property {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The properties that a schema names, in its order. */
export function propertiesOf(schema: Schema, root: Schema): Property[] {
  const { properties, required } = resolve(schema, root);
  if (!isObject(properties)) return [];
  const names = new Set(Array.isArray(required) ? required : []);
  return Object.keys(properties).map(name => ({
    name,
    schema: member(properties, name) ?? {},
    required: names.has(name),
  }));
}

/** The values of an enumeration or constant. */
export function valuesOf(schema: Schema): readonly unknown[] | undefined {
  if (Array.isArray(schema.enum)) return schema.enum;
  return Object.hasOwn(schema, 'const') ? [schema.const] : undefined;
}

/** A word for what is expected: `text`, `integer`, `a|b`, `list of text`. */
export function kindOf(schema: Schema, root: Schema, depth = 2): string {
  const kinds = alternatives(schema, root).map(one => {
    const values = valuesOf(one);
    if (values !== undefined) return values.map(value => plain(value)).join('|');
    if (one.type === 'string') return 'text';
    if (one.type === 'array')
      return depth > 0 ? `list of ${kindOf(schemaOf(one.items), root, depth - 1)}` : 'list';
    return typeof one.type === 'string' && /^[a-z]+$/.test(one.type) ? one.type : 'json';
  });
  return printable([...new Set(kinds)].join('|').slice(0, 200));
}

export const plain = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
