/** A request as others would write it down. */

/** Within single quotes of a shell nothing has a meaning but the single quote itself. */
const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export const asCurl = (url: string, method: string, params: unknown): string =>
  `curl -s ${url} -H 'content-type: application/json' -d ${shellQuoted(
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  )}`;

/** JSON is an expression of TypeScript. */
export const asTypeScript = (url: string, method: string, params: unknown): string =>
  [
    "import { createClient } from 'devnet/client';",
    '',
    `const client = createClient(${JSON.stringify(url)});`,
    `console.log(await client.request(${JSON.stringify(method)}, ${JSON.stringify(params, null, 2)}));`,
    'client.close();',
  ].join('\n');

interface Schema {
  readonly type?: string | readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly default?: unknown;
  readonly minimum?: number | undefined;
  readonly $ref?: string | undefined;
}
export interface Parameter {
  readonly name: string;
  readonly required?: boolean | undefined;
  readonly schema: Schema;
}

/** Something of the right type for each parameter that must be there, to be written over. */
export const exampleOf = (parameters: readonly Parameter[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    parameters
      .filter(({ required }) => required === true)
      .map(({ name, schema }) => [name, valueFor(schema)]),
  );

function valueFor(schema: Schema): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return '';
  }
}
