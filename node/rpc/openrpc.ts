import { z } from 'zod';
import type { NodeInfo } from '../api.ts';
import { ERROR_NUMBERS } from './errors.ts';
import type { Method } from './schema.ts';
import { named } from './schemas.ts';

type Documented = Omit<Method, 'run'>;
type JsonSchema = Readonly<Record<string, unknown>>;

const OPENRPC_VERSION = '1.3.2';
const COMPONENTS = '#/components/schemas/';

/** The OpenRPC document (spec.open-rpc.org) of some methods. */
export function openRpc(
  methods: readonly Documented[],
  { chainId, version }: Pick<NodeInfo, 'chainId' | 'version'>,
): object {
  const { components, schemaOf } = convert(methods);
  return {
    openrpc: OPENRPC_VERSION,
    info: {
      title: 'devnet',
      description: `JSON-RPC 2.0 of a node of ${chainId}, by POST / and by WebSocket on the same port.`,
      version,
      license: { name: 'Apache-2.0' },
    },
    methods: methods.map(({ name, description, params, result }) => ({
      name,
      description,
      paramStructure: 'either',
      params: Object.entries(params.shape).map(([field, schema]) => ({
        name: field,
        required: !z.safeParse(schema, undefined).success,
        schema: schemaOf(schema),
      })),
      result: { name: `${name}_result`, schema: schemaOf(result) },
    })),
    components: { schemas: components, errors: errorComponents() },
  };
}

/** All schemas at once, because those with a name become references in the others. */
function convert(methods: readonly Documented[]) {
  const registry = z.registry<{ id: string }>();
  const ids = new Map<z.core.$ZodType, string>();
  for (const [id, schema] of named) {
    ids.set(schema, id);
    registry.add(schema, { id });
  }
  for (const schema of methods.flatMap(({ params, result }) => [...Object.values(params.shape), result])) {
    if (ids.has(schema)) continue;
    const id = `${INLINE}${ids.size}`;
    ids.set(schema, id);
    // A copy: a schema without a name must not become a reference where others use it.
    registry.add(z.clone(schema), { id });
  }
  const { schemas } = z.toJSONSchema(registry, {
    uri: id => COMPONENTS + id,
    target: 'draft-7',
    io: 'input',
  });
  const components = Object.entries(schemas).filter(([id]) => !id.startsWith(INLINE));
  return {
    components: Object.fromEntries(components.map(([id, schema]) => [id, inner(schema)])),
    schemaOf(schema: z.core.$ZodType): JsonSchema {
      const id = ids.get(schema) ?? '';
      return id.startsWith(INLINE) ? inner(schemas[id] ?? {}) : { $ref: COMPONENTS + id };
    },
  };
}

const INLINE = '/';

/** A schema that stands inside a document needs no name of its own. */
function inner({ $schema, $id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

const errorComponents = () =>
  Object.fromEntries(Object.entries(ERROR_NUMBERS).map(([name, code]) => [name, { code, message: name }]));
