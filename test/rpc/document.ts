/** The OpenRPC document as a stranger reads it: by the meta-schema of OpenRPC, and by JSON Schema alone. */
import assert from 'node:assert/strict';
import specification from '@open-rpc/meta-schema';
import { Ajv } from 'ajv';
import { openRpc } from '../../node/rpc/openrpc.ts';
import { METHODS } from '../../node/rpc/registry.ts';

export interface Document {
  readonly methods: readonly {
    readonly name: string;
    readonly description: string;
    readonly params: readonly {
      readonly name: string;
      readonly required: boolean;
      readonly schema: object;
    }[];
    readonly result: { readonly schema: object };
  }[];
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** What OpenRPC calls its JSON Schema is draft 7 under another name, and one place in it that has another path. */
const META: object = JSON.parse(
  JSON.stringify({ ...specification, $schema: undefined })
    .replaceAll(
      '"$ref":"https://meta.json-schema.tools/#/definitions/JSONSchemaObject/properties/$ref"',
      '"type":"string"',
    )
    .replaceAll('https://meta.json-schema.tools', 'http://json-schema.org/draft-07/schema'),
);
const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(META);

/** Throws with every difference from the specification. */
export function assertOpenRpc(document: unknown): asserts document is Document {
  assert.ok(validate(document), JSON.stringify(validate.errors, null, 1));
}

/** Holds results of methods against the schemas that the document publishes. */
export function resultChecker({ methods, components }: Document): (method: string, result: unknown) => void {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'document', components });
  const schemas = new Map(methods.map(({ name, result }) => [name, absolute(result.schema)]));
  return (method, result) => {
    const schema = schemas.get(method);
    assert.ok(schema !== undefined, `${method} is not in the document`);
    // Compiled once for each schema object.
    const validate = ajv.compile(schema);
    assert.ok(validate(result), `${method}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(result)}`);
  };
}

/** References inside of the document, from outside of it. */
const absolute = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/'));

export const nodeDocument = (): Document =>
  JSON.parse(JSON.stringify(openRpc([...METHODS.values()], { chainId: 'test-chain', version: '1' })));
