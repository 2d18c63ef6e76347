import assert from 'node:assert/strict';
import { METHODS } from '../../node/rpc/index.ts';
import { assertOpenRpc, resultChecker } from './document.ts';
import { DOORS } from './doors.ts';
import { ask } from './support.ts';

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = '$ref' in value && typeof value.$ref === 'string' ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

for (const [kind, open] of DOORS)
  describe(`rpc.discover of a ${kind}`, () => {
    let document: unknown;
    let names: readonly string[];
    before(async () => {
      const door = await open();
      document = (await ask(door.url, 'rpc.discover')).result;
      names = (await ask(door.url, 'rpc_methods')).result as string[];
      await door.close();
    });

    it('keeps to the specification of OpenRPC', () => assertOpenRpc(document));

    it('describes all methods, each once', () => {
      assertOpenRpc(document);
      const described = document.methods.map(({ name }) => name);
      assert.deepEqual(described, names);
      assert.equal(new Set(described).size, described.length);
      if (kind === 'node') assert.deepEqual(described, [...METHODS.keys()]);
      else assert.ok(described.length > METHODS.size && described.includes('dev_partition'));
      for (const { name, description } of document.methods) assert.ok(description.length > 10, name);
    });

    it('refers to nothing that it does not have', () => {
      assertOpenRpc(document);
      const references = referencesIn(document);
      assert.ok(references.length > 100);
      for (const reference of references) {
        const name = reference.replace('#/components/schemas/', '');
        assert.ok(Object.hasOwn(document.components.schemas, name), reference);
      }
    });

    it('names needed parameters before those that may be left out', () => {
      assertOpenRpc(document);
      for (const { name, params } of document.methods) {
        const firstOptional = params.findIndex(({ required }) => required === false);
        const later = params.slice(firstOptional < 0 ? params.length : firstOptional);
        assert.ok(!later.some(({ required }) => required), name);
      }
    });

    it('has schemas that tell a result from something else', () => {
      assertOpenRpc(document);
      const check = resultChecker(document);
      check('rpc_methods', ['a']);
      assert.throws(() => check('rpc_methods', [1]), /rpc_methods/);
      assert.throws(() => check('chain_head', { height: 1 }), /chain_head/);
    });
  });

describe('the check of OpenRPC documents', () => {
  it('refuses what is none', () => {
    const valid = { openrpc: '1.3.2', info: { title: 't', version: '1' }, methods: [] };
    assertOpenRpc(valid);
    for (const wrong of [
      { ...valid, openrpc: '7.0.0' },
      { ...valid, info: {} },
      { ...valid, more: 1 },
      { ...valid, methods: [{ name: 'a', params: [{ name: 'x' }] }] },
      { ...valid, methods: [{ name: 'a', params: [{ name: 'x', schema: { type: 'integre' } }] }] },
    ])
      assert.throws(() => assertOpenRpc(wrong));
  });
});
