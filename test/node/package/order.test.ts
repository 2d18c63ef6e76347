import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadOrder, unloadOrder } from '../../../node/package/index.ts';

const plugin = (
  name: string,
  dependencies: Readonly<Record<string, string>> = {},
  optional_dependencies: Readonly<Record<string, string>> = {},
  version = '1.0.0',
) => ({
  name,
  version,
  dependencies: { ...dependencies },
  optional_dependencies: { ...optional_dependencies },
});

const names = (plugins: readonly { readonly name: string }[]): string[] => plugins.map(({ name }) => name);

describe('order of loading', () => {
  it('puts dependencies first and breaks ties by name', () => {
    const plugins = [
      plugin('c', { b: '*' }),
      plugin('d'),
      plugin('b', { z: '^1.0.0' }),
      plugin('z'),
      plugin('a'),
    ];
    assert.deepEqual(names(loadOrder(plugins, '0.1.0')), ['a', 'd', 'z', 'b', 'c']);
  });

  it('asks the host for its version', () => {
    assert.deepEqual(names(loadOrder([plugin('a', { devnet: '>=0.1.0' })], '0.1.0')), ['a']);
    assert.throws(() => loadOrder([plugin('a', { devnet: '>=2.0.0' })], '0.1.0'), {
      code: 'DEPENDENCY_VERSION',
      message: 'a 1.0.0 needs devnet >=2.0.0, and devnet 0.1.0 is here',
    });
  });

  it('waits for an optional dependency that fits, and does without another', () => {
    assert.deepEqual(names(loadOrder([plugin('a', {}, { b: '*' }), plugin('b')], '0.1.0')), ['b', 'a']);
    assert.deepEqual(names(loadOrder([plugin('a', {}, { b: '>2.0.0' }), plugin('b')], '0.1.0')), ['a', 'b']);
    assert.deepEqual(names(loadOrder([plugin('a', {}, { x: '*' })], '0.1.0')), ['a']);
  });

  it('names what is missing, of another version, in a circle or there twice', () => {
    assert.throws(() => loadOrder([plugin('a', { b: '*' })], '0.1.0'), { code: 'MISSING_DEPENDENCY' });
    assert.throws(() => loadOrder([plugin('a', { b: '^2.0.0' }), plugin('b')], '0.1.0'), {
      code: 'DEPENDENCY_VERSION',
    });
    assert.throws(
      () => loadOrder([plugin('x', { a: '*' }), plugin('a', { b: '*' }), plugin('b', { a: '*' })], '0.1.0'),
      { code: 'DEPENDENCY_CYCLE', message: /a -> b -> a/ },
    );
    assert.throws(() => loadOrder([plugin('a'), plugin('a')], '0.1.0'), { code: 'DUPLICATE_PLUGIN' });
  });

  it('unloads hard dependents first, and nothing else', () => {
    const plugins = loadOrder(
      [plugin('a'), plugin('b', { a: '*' }), plugin('c', { b: '*' }), plugin('d', {}, { a: '*' })],
      '0.1.0',
    );
    assert.deepEqual(names(unloadOrder('a', plugins)), ['c', 'b', 'a']);
    assert.deepEqual(names(unloadOrder('d', plugins)), ['d']);
  });

  it('is the same whatever the order on disk, and right for any graph without circles', () => {
    const graph = fc
      .integer({ min: 1, max: 12 })
      .chain(size =>
        fc.tuple(
          fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
          fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
        ),
      );
    fc.assert(
      fc.property(graph, ([edges, shuffle]) => {
        const plugins = edges.map((targets, index) =>
          plugin(
            `p${index}`,
            Object.fromEntries(targets.filter(target => target < index).map(target => [`p${target}`, '*'])),
          ),
        );
        const order = names(loadOrder(plugins, '0.1.0'));
        const shuffled = shuffle.flatMap(index => plugins.slice(index, index + 1));
        assert.deepEqual(names(loadOrder(shuffled, '0.1.0')), order);
        for (const { name, dependencies } of plugins)
          for (const needed of Object.keys(dependencies))
            assert.ok(order.indexOf(needed) < order.indexOf(name), `${needed} before ${name}`);
      }),
    );
  });
});
