/** The reference of test chains names all that one has. */
import assert from 'node:assert/strict';
import { type StartedChain, startChain } from '../../devnet/testing/index.ts';
import { read } from './page.ts';

describe('the reference of chains for tests', () => {
  const page = read('docs/reference/testing.md');
  const named = (name: string): boolean => new RegExp(`\`${name}[\`(]`).test(page);
  let chain: StartedChain;
  before(async () => {
    chain = await startChain({ nodes: 1 });
  });
  after(() => chain.stop());

  it('names what a chain can do', () => {
    const names = Object.keys(chain);
    assert.ok(names.length > 40);
    assert.deepEqual(
      names.filter(name => !named(name)),
      [],
    );
  });

  it('names every option', () => {
    const text = `${read('devnet/testing/runningTypes.ts')}\n${read('devnet/testing/setup.ts')}`;
    const options = ['RunningOptions', 'ChainOptions'].flatMap(name => {
      const body = new RegExp(`export interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(text)?.[1];
      assert.ok(body, name);
      return Array.from(body.matchAll(/^ {2}readonly (\w+)\?/gm), ([, option = '']) => option);
    });
    assert.ok(options.length > 12);
    assert.deepEqual(
      options.filter(option => option !== 'checkInvariants' && !named(option)),
      [],
    );
  });
});
