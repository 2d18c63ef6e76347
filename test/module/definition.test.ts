import assert from 'node:assert/strict';
import { z } from 'zod';
import { type CallContext, defineFunction, definitionOf, type ModuleDefinition } from '../../module/index.ts';
import { functionsOf } from '../../module/server/definition.ts';
import { callRaw, cleanUp, PRICE, setUp } from './support/setup.ts';

class Counter {
  static readonly alias = 'counter';
  static readonly description = 'Counts';
  static readonly functions = {
    add: { price: PRICE, params: z.strictObject({ by: z.int() }) },
    peek: { price: 0n },
    count: { price: 0n, streams: true },
  };
  static readonly links = { asChild: { from: ['shop'] } };
  readonly #start: number;
  constructor(start = 10) {
    this.#start = start;
  }
  async add({ by }: { by: number }, { state }: CallContext) {
    state.update('n', value => Number(value ?? this.#start) + by);
    return state.get('n');
  }
  peek() {
    return this.#secret();
  }
  async *count() {
    yield this.#start;
  }
  hidden() {
    return 'never';
  }
  #secret() {
    return `from ${this.#start}`;
  }
}

class Sub extends Counter {
  override hidden() {
    return 'never either';
  }
}

describe('definition of a module', () => {
  afterEach(cleanUp);

  it('is an object, a class, or an instance of one', () => {
    const object = { functions: {} };
    assert.equal(definitionOf(object), object);
    for (const exported of [Counter, new Counter(7), Sub, new Sub()]) {
      const { alias, description, functions, links } = definitionOf(exported);
      assert.deepEqual(links, { asChild: { from: ['shop'] } });
      assert.deepEqual(
        [alias, description, Object.keys(functions)],
        ['counter', 'Counts', ['add', 'peek', 'count']],
      );
    }
    for (const nothing of [null, 7, undefined, {}, new Date(), class {}, () => 1, 'functions'])
      assert.throws(() => definitionOf(nothing), { code: 'DEFINITION_INVALID' });
  });

  it('serves the methods in the table with their instance, and nothing else of it', async () => {
    const { functions } = definitionOf(new Counter(7));
    const { server } = await setUp({ functions });
    assert.equal((await callRaw(server, { fn: 'add' }, { by: 5 })).json, 12);
    assert.equal((await callRaw(server, { fn: 'add', nonce: 2 }, { by: 1 })).json, 13);
    assert.equal((await callRaw(server, { fn: 'peek', nonce: 3 })).json, 'from 7');
    for (const fn of ['hidden', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'then'])
      assert.equal((await callRaw(server, { fn, nonce: 4 })).error, 'UNKNOWN_FUNCTION', fn);
  });

  it('refuses a table that names what is no method', () => {
    const table = (functions: object) =>
      class {
        static readonly functions = functions;
        readonly field = 1;
      };
    for (const name of ['missing', 'field', 'constructor', 'toString', 'valueOf', 'prototype'])
      assert.throws(
        () => definitionOf(table({ [name]: { price: 0n } })),
        { code: 'DEFINITION_INVALID' },
        name,
      );
    assert.throws(() => definitionOf(table(JSON.parse('{"__proto__":{"price":"0"}}'))), {
      code: 'DEFINITION_INVALID',
    });
  });

  it('refuses what authors of JavaScript may write past the types', () => {
    const run = () => null;
    const bad: readonly object[] = [
      { 'a b': { price: 0n, run } },
      { ['x'.repeat(65)]: { price: 0n, run } },
      { constructor: { price: 0n, run } },
      JSON.parse('{"__proto__":{}}'),
      { f: { price: 0n } },
      { f: { price: 1, run } },
      { f: { price: -1n, run } },
      { f: { price: 2n ** 64n, run } },
      { f: { price: 0n, run, params: {} } },
      { f: { price: 0n, run, result: { safeParse: 1 } } },
      { f: { price: 0n, run, timeoutMs: 0 } },
      { f: { price: 0n, run, timeoutMs: 2 ** 31 } },
      { f: { price: 0n, run, maxRunning: 1.5 } },
    ];
    for (const functions of bad)
      assert.throws(() => functionsOf(functions as ModuleDefinition['functions']), {
        code: 'DEFINITION_INVALID',
      });
    assert.equal(functionsOf({ f: { price: 0n, run } }).size, 1);
  });

  it('names the path in the params that is wrong', async () => {
    const params = z.strictObject({ items: z.array(z.strictObject({ name: z.string() })) });
    const { server } = await setUp({
      functions: { echo: defineFunction({ price: 0n, params, run: p => p }) },
    });
    const { error, json } = await callRaw(server, {}, { items: [{ name: 'a' }, { name: 1 }] });
    assert.equal(error, 'BAD_PARAMS');
    const { path, message } = (json as { error: { path: string; message: string } }).error;
    assert.equal(path, 'items.1.name');
    assert.match(message, /^items\.1\.name: /);
  });

  it('a result that breaks its schema fails the call, costs nothing, and its owner reads where', async () => {
    const warned: object[] = [];
    const log = {
      info: () => undefined,
      warn: (fields: object) => void warned.push(fields),
      error: () => undefined,
    };
    const result = z.object({ list: z.array(z.number()) });
    const functions = { echo: defineFunction({ price: PRICE, result, run: params => params as never }) };
    const { server } = await setUp({ functions, log });
    const bad = await callRaw(server, {}, { list: [1, 'two'] });
    assert.deepEqual([bad.status, bad.error, bad.receipt], [500, 'BAD_RESULT', null]);
    const [fields] = warned as [{ path: string; reason: string }];
    assert.deepEqual([fields.path, fields.reason], ['list.1', 'BAD_RESULT']);
    assert.equal(server.status().unsettled, 0n);
    // What the schema does not know stays inside.
    const good = await callRaw(server, { nonce: 2 }, { list: [1], secret: 'x' });
    assert.deepEqual(good.json, { list: [1] });
  });

  it('describes params and result as JSON schemas', async () => {
    const functions = {
      echo: defineFunction({
        description: 'Says it again',
        price: 0n,
        params: z.strictObject({ word: z.string().default('hello') }),
        result: z.object({ word: z.string() }),
        run: ({ word }) => ({ word }),
      }),
    };
    const { server } = await setUp({ functions, description: 'An echo' });
    const description = (await (await fetch(server.url)).json()) as {
      description: string;
      functions: { echo: Record<string, { properties: object; required?: string[] }> };
    };
    assert.equal(description.description, 'An echo');
    const { params, result } = description.functions.echo;
    assert.deepEqual(params?.properties, { word: { default: 'hello', type: 'string' } });
    assert.equal(params?.required, undefined);
    assert.deepEqual(result?.required, ['word']);
  });
});
