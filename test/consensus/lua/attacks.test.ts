import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { ATTACKS, LIMITS } from './attacks.ts';
import { codeOf, theLua } from './support.ts';

/** UPDATE_LUA=1 writes them anew: another machine, for which LUA_VERSION must grow. */
const UPDATES = process.env.UPDATE_LUA === '1';
const file = new URL('./figures.json', import.meta.url);
const figures = JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly [number, number]>;

describe('what code may try', () => {
  const found: Record<string, readonly [fuel: number, memory: number]> = {};
  for (const { name, code, verdict } of ATTACKS)
    it(`${name}: ${verdict}, for the fuel and the memory that it always takes`, () => {
      const outcome = theLua().check(codeOf(code), [], LIMITS);
      assert.equal(outcome.verdict, verdict, JSON.stringify(outcome.error));
      found[name] = [outcome.fuel, outcome.memory];
      if (!UPDATES) assert.deepEqual(found[name], figures[name]);
    });
  after(() => {
    const lines = Object.entries(found).map(
      ([name, [fuel, memory]]) => `  ${JSON.stringify(name)}: [${fuel}, ${memory}]`,
    );
    if (UPDATES) writeFileSync(file, `{\n${lines.join(',\n')}\n}\n`);
  });

  it('has a name for each', () => {
    assert.equal(new Set(ATTACKS.map(({ name }) => name)).size, ATTACKS.length);
  });
});
