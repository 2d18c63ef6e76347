import assert from 'node:assert/strict';
import { z } from 'zod';
import {
  type AnyModule,
  createModuleClient,
  defineFunction,
  defineModule,
  defineStream,
  type Json,
  type ModuleFunction,
  type ModuleOf,
} from '../../module/index.ts';
import { ALICE, cleanUp, directory, onEnd, PRICE, setUp } from './support/setup.ts';

const router = defineModule({
  functions: {
    ask: defineFunction({
      price: PRICE,
      params: z.object({ question: z.string(), loud: z.boolean().default(false) }),
      run: ({ question, loud }) => ({
        text: loud ? question.toUpperCase() : question,
        length: question.length,
      }),
    }),
    count: defineStream({
      price: PRICE,
      params: z.object({ to: z.int().positive() }),
      async *run({ to }) {
        for (let n = 1; n <= to; n++) yield n;
      },
    }),
    anything: { price: 0n, run: (params: unknown) => params },
  },
});
type Router = ModuleOf<typeof router>;

class Counter {
  static readonly functions = { add: { price: 0n, params: z.object({ by: z.int() }) } } as const;
  #sum = 0;
  add({ by }: { by: number }): { sum: number } {
    this.#sum += by;
    return { sum: this.#sum };
  }
}

/** Compiles only if the two types are the same. */
const same = <A, B>(
  ..._: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? [] : ['these types differ']
): void => undefined;

describe('a module as an object', () => {
  afterEach(cleanUp);

  async function connect() {
    const setup = await setUp({ functions: router.functions });
    const modules = await createModuleClient({
      key: ALICE,
      client: setup.fake.chain,
      dir: await directory(),
    });
    onEnd(() => modules.close());
    return { ...setup, modules };
  }

  it('has the types of its definition', () => {
    same<Awaited<ReturnType<Router['ask']>>, { text: string; length: number }>();
    same<Parameters<Router['ask']>[0]['question'], string>();
    same<Awaited<ReturnType<Router['count']>>, number[]>();
    same<ReturnType<Router['count']['stream']>, AsyncGenerator<number>>();
    same<Parameters<Router['count']>[0], { to: number }>();
    same<Awaited<ReturnType<Router['anything']>>, Json>();
    same<Awaited<ReturnType<ModuleOf<typeof Counter>['add']>>, { sum: number }>();
    same<Parameters<ModuleOf<typeof Counter>['add']>[0], { by: number }>();
    same<AnyModule[string], ModuleFunction>();
    // @ts-expect-error: this function does not exist
    type _None = Router['tell'];
  });

  it('calls, streams, and pays', async () => {
    const { modules, server } = await connect();
    const typed = modules.module<Router>('echo');
    assert.deepEqual(await typed.ask({ question: 'why?', loud: true }), { text: 'WHY?', length: 4 });
    assert.deepEqual(await typed.count({ to: 3 }), [1, 2, 3]);
    const chunks: number[] = [];
    for await (const chunk of typed.count.stream({ to: 2 })) chunks.push(chunk);
    assert.deepEqual(chunks, [1, 2]);
    assert.deepEqual(await typed.anything({ a: [1] }), { a: [1] });
    const costs = (await modules.receipts()).map(({ call }) => [call.state, call.amount]);
    assert.deepEqual(costs, [
      ['answered', PRICE],
      ['answered', PRICE],
      ['answered', PRICE],
      ['answered', 0n],
    ]);
    assert.equal(server.counters.answered, 4);
    await assert.rejects(typed.ask({ question: 'dear?' }, { maxUsage: 1n }), { name: 'MAX_USAGE_TOO_LOW' });
    await assert.rejects(typed.count({ to: 0 }), { name: 'BAD_PARAMS', message: /to/ });
  });

  it('is no promise, and has no functions but calls', async () => {
    const { modules } = await connect();
    const module = modules.module('echo');
    assert.equal(await Promise.resolve(module), module);
    assert.equal(Reflect.get(module, Symbol.toPrimitive), undefined);
    assert.equal(Object.getPrototypeOf(module), null);
    await assert.rejects(module.constructor?.({}) ?? assert.fail(), { name: 'UNKNOWN_FUNCTION' });
  });

  it('a stream that is left early hangs up, costs nothing, and is not tallied past', async () => {
    const { modules, server } = await connect();
    const typed = modules.module<Router>('echo');
    for await (const chunk of typed.count.stream({ to: 100_000 })) if (chunk === 2) break;
    await typed.ask({ question: 'next' });
    await typed.ask({ question: 'last' });
    const calls = await modules.receipts();
    assert.deepEqual(
      calls.map(({ call }) => call.state),
      ['sent', 'answered', 'answered'],
    );
    assert.ok(calls.every(({ call }) => !call.header.includes('tally')));
    assert.equal(server.counters.wrongTallies, 0);
  });

  it('describes itself', async () => {
    const { modules, server } = await connect();
    const { address, functions } = await modules.describe('echo');
    assert.equal(address, server.address);
    const ask = functions.get('ask');
    assert.deepEqual([ask?.price, ask?.streams, functions.get('count')?.streams], [PRICE, false, true]);
    assert.deepEqual(Reflect.get(ask?.params ?? {}, 'required'), ['question']);
  });
});
