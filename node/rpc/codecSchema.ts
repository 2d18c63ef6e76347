import type { Schema } from '../../consensus/interface/index.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON schema of what `toJson` makes of a codec's values. */
export function jsonSchemaOf(schema: Schema): JsonSchema {
  switch (schema.type) {
    case 'bool':
      return { type: 'boolean' };
    case 'uint':
      return { type: 'integer', minimum: 0, maximum: schema.max };
    case 'u64':
      return { $ref: '#/components/schemas/Amount' };
    case 'account':
      return { $ref: '#/components/schemas/Address' };
    case 'fixed':
      return { type: 'string', pattern: `^0x[0-9a-f]{${schema.length * 2}}$` };
    case 'bytes':
      return { type: 'string', pattern: '^0x([0-9a-f]{2})*$', maxLength: 2 + schema.max * 2 };
    case 'text':
      return { type: 'string', maxLength: schema.max };
    case 'enum':
      return { enum: schema.values };
    case 'list':
      return { type: 'array', items: jsonSchemaOf(schema.item), maxItems: schema.max };
    case 'optional':
      return { anyOf: [jsonSchemaOf(schema.item), { type: 'null' }] };
    case 'struct':
      return structSchema(schema.fields, {});
    case 'union':
      return { anyOf: schema.cases.map(({ kind, schema: inner }) => caseSchema(kind, inner)) };
  }
}

function structSchema(
  fields: Extract<Schema, { type: 'struct' }>['fields'],
  more: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  const needed = fields.filter(({ schema }) => schema.type !== 'optional').map(({ name }) => name);
  const own = Object.fromEntries(fields.map(({ name, schema }) => [name, jsonSchemaOf(schema)]));
  return {
    type: 'object',
    properties: { ...more, ...own },
    required: [...Object.keys(more), ...needed],
    additionalProperties: false,
  };
}

const caseSchema = (kind: string, schema: Schema): JsonSchema =>
  schema.type === 'struct' ? structSchema(schema.fields, { kind: { const: kind } }) : jsonSchemaOf(schema);
