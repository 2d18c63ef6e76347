import assert from 'node:assert/strict';
import { z } from 'zod';
import { METHODS } from '../../node/rpc/index.ts';
import { createFakeNode } from './fakeNode.ts';
import { ask, serve } from './support.ts';

/** The parts of the OpenRPC 1.3 specification that the document uses. */
const jsonSchema = z.record(z.string(), z.unknown());
const contentDescriptor = z.strictObject({
  name: z.string().min(1),
  schema: jsonSchema,
  required: z.boolean().optional(),
});
const openRpc = z.strictObject({
  openrpc: z.string().regex(/^1\.\d+\.\d+$/),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string() }),
  }),
  methods: z.array(
    z.strictObject({
      name: z.string().min(1),
      description: z.string().min(1),
      paramStructure: z.enum(['by-name', 'by-position', 'either']),
      params: z.array(contentDescriptor),
      result: contentDescriptor,
    }),
  ),
  components: z.strictObject({
    schemas: z.record(z.string(), jsonSchema),
    errors: z.record(z.string(), z.strictObject({ code: z.number().int(), message: z.string() })),
  }),
});

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = '$ref' in value && typeof value.$ref === 'string' ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

describe('rpc.discover', () => {
  it('is an OpenRPC document of all methods, whose references resolve', async () => {
    const { rpc } = await serve({}, createFakeNode());
    const { result } = await ask(rpc.url, 'rpc.discover');
    await rpc.close();
    const document = openRpc.parse(result);
    const names = document.methods.map(({ name }) => name);
    assert.deepEqual(names, [...METHODS.keys()]);
    assert.equal(new Set(names).size, names.length);
    for (const reference of referencesIn(document)) {
      const name = reference.replace('#/components/schemas/', '');
      assert.ok(Object.hasOwn(document.components.schemas, name), reference);
    }
    for (const { name, params } of document.methods) {
      const firstOptional = params.findIndex(({ required }) => required === false);
      const later = params.slice(firstOptional < 0 ? params.length : firstOptional);
      assert.ok(!later.some(({ required }) => required), `${name}: needed parameters come first`);
    }
  });
});
