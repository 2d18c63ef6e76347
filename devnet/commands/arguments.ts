/** Arguments of a consensus module's methods and queries, by the JSON schema that the node made of their codec. */
import { parseTokens } from '../amount.ts';
import { usageError } from '../errors.ts';

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** Finds the address of a person, key or module. */
type AddressOf = (who: string) => Promise<string>;

/** JSON of `key=value` words. Throws a usage error that shows what is expected. */
export async function argumentsOf(
  schema: object,
  words: readonly string[],
  address: AddressOf,
): Promise<Record<string, unknown>> {
  const { properties = {}, required = [] } = schema as JsonSchema;
  const hint = `The arguments are: ${signatureOf(schema) || 'none'}.`;
  const given = new Map<string, unknown>();
  for (const word of words) {
    const split = word.indexOf('=');
    const name = word.slice(0, Math.max(split, 0));
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (split < 1) throw usageError(`${word} is not key=value`, hint);
    if (field === undefined) throw usageError(`there is no argument ${name}`, hint);
    if (given.has(name)) throw usageError(`${name} is given twice`, hint);
    given.set(name, await parseOne(field, name, word.slice(split + 1), address));
  }
  const missing = required.find(name => !given.has(name));
  if (missing !== undefined) throw usageError(`${missing} is missing`, hint);
  return Object.fromEntries(given);
}

/** `epochs=<integer> [after=<integer>]`. */
export function signatureOf(schema: object): string {
  const { properties = {}, required = [] } = schema as JsonSchema;
  return Object.entries(properties)
    .map(([name, field]) => {
      const text = `${name}=<${kindOf(field)}>`;
      return required.includes(name) ? text : `[${text}]`;
    })
    .join(' ');
}

/** An optional value is itself or null. */
function optionalOf({ anyOf }: JsonSchema): JsonSchema | undefined {
  const [item, nothing] = anyOf ?? [];
  return anyOf?.length === 2 && nothing?.type === 'null' ? item : undefined;
}

function kindOf(schema: JsonSchema): string {
  const item = optionalOf(schema);
  if (item !== undefined) return kindOf(item);
  if (schema.$ref !== undefined) return schema.$ref.replace(/.*\//, '').toLowerCase();
  if (schema.enum !== undefined) return schema.enum.join('|');
  if (schema.type === 'string') return 'text';
  return schema.type === 'integer' || schema.type === 'boolean' ? schema.type : 'json';
}

async function parseOne(
  schema: JsonSchema,
  name: string,
  text: string,
  address: AddressOf,
): Promise<unknown> {
  const item = optionalOf(schema);
  if (item !== undefined) return text === 'null' ? null : parseOne(item, name, text, address);
  const expected = (): Error => usageError(`${name}: ${text} is no ${kindOf(schema)}`);
  switch (kindOf(schema)) {
    case 'address':
      return address(text);
    case 'amount':
      return amountOf(text, expected);
    case 'integer':
      if (!/^(0|[1-9]\d{0,15})$/.test(text)) throw expected();
      return Number(text);
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw expected();
      return text === 'true';
    case 'json':
      return jsonOf(text, expected);
    default:
      if (schema.enum?.includes(text) === false) throw expected();
      return text;
  }
}

/** Base units, since not every u64 is money; `1.5tokens` where it is. */
function amountOf(text: string, expected: () => Error): string {
  const tokens = /^([\d.]+)tokens?$/.exec(text)?.[1];
  if (tokens !== undefined) return String(parseTokens(tokens));
  if (!/^(0|[1-9]\d*)$/.test(text)) throw expected();
  return text;
}

function jsonOf(text: string, expected: () => Error): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw expected();
  }
}
