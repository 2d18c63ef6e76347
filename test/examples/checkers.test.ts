import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cell, CHECK_MEMORY, type CheckedGroup, MAX_FUEL } from '../../consensus/cells/index.ts';
import { createLua } from '../../consensus/lua/index.ts';
import { parseGroups } from '../../devnet/checkers/groups.ts';
import { testGroups } from '../../devnet/checkers/test.ts';
import { ROOT } from '../tidy/sources.ts';

const LIMITS = { fuel: MAX_FUEL, memory: CHECK_MEMORY };
const lua = createLua();

/** As the examples write it: `CS>C`. */
const formOf = ({ module, operations }: CheckedGroup): string => {
  const kinds = (sides: readonly ({ readonly cell: Cell } | null)[]): string => {
    const found = sides.flatMap(side => {
      if (side === null) return [];
      const data = Buffer.from(side.cell.data).toString('latin1');
      return [side.cell.module === module ? data.slice(0, 1) : `${side.cell.module}:${data}`];
    });
    return [...new Set(found)].sort().join('');
  };
  return `${kinds(operations.map(({ input }) => input))}>${kinds(operations.map(({ output }) => output))}`;
};

interface Mutant {
  readonly without: string;
  readonly code: string;
}

/** The code without one condition of a `need`, or without one call that only looks. */
function mutantsOf(code: string): readonly Mutant[] {
  const lines = code.split('\n');
  const put = (index: number, line: string, what: string): Mutant => ({
    without: `line ${index + 1}: ${what}`,
    code: lines.with(index, line).join('\n'),
  });
  return lines.flatMap((line, index) => {
    if (/^\s+(require_\w+|becomes|pays|ballots|backer_of)\(/.test(line)) return [put(index, '', line)];
    const [, conditions, why = ''] = /^\s+need\((.*), ('.*'|what .*)\)$/.exec(line) ?? [];
    const all = conditions?.split(' and ') ?? [];
    return all.map(one =>
      put(index, `need(${all.filter(each => each !== one).join(' and ') || 'true'}, ${why})`, one),
    );
  });
}

describe('the example checkers', () => {
  for (const name of ['crowdfunding', 'names', 'token', 'vote'])
    it(`${name}: each group ends as it says, and each of its rules allows one`, () => {
      const folder = join(ROOT, 'examples/checkers', name);
      const code = readFileSync(join(folder, 'checker.lua'));
      const cases = parseGroups(readFileSync(join(folder, 'groups.json'), 'utf8'), 'groups.json');
      const tested = testGroups(lua, code, cases, LIMITS);
      assert.deepEqual(
        tested.filter(({ difference }) => difference !== null),
        [],
      );
      const allowed = tested.filter(({ outcome }) => outcome.verdict === 'allowed').length;
      assert.ok(allowed >= 5 && tested.length - allowed >= 5, `${allowed} of ${tested.length} are allowed`);
      const rules = Array.from(code.toString('utf8').matchAll(/^ {2}\['(.*)'\] = /gm), ([, form]) => form);
      const used = new Set(
        cases.filter(({ expect }) => expect === 'allowed').map(({ group }) => formOf(group)),
      );
      assert.deepEqual([...used].sort(), rules.sort());
      // Errors of Lua itself would be mistakes of the example.
      for (const { outcome } of tested)
        assert.doesNotMatch(outcome.error?.message ?? '', /attempt to|bad argument|out of range/);
    });

  for (const name of ['crowdfunding', 'names', 'token', 'vote'])
    it(`${name}: without any one of its conditions, a group ends otherwise`, function () {
      this.timeout(60_000);
      const folder = join(ROOT, 'examples/checkers', name);
      // A line that is taken away moves none, but the error may come from another one.
      const cases = parseGroups(readFileSync(join(folder, 'groups.json'), 'utf8'), 'groups.json').map(
        group => ({
          ...group,
          line: undefined,
        }),
      );
      const mutants = mutantsOf(readFileSync(join(folder, 'checker.lua'), 'utf8'));
      assert.ok(mutants.length >= 10);
      const alike = mutants.filter(({ code }) =>
        testGroups(lua, Buffer.from(code), cases, LIMITS).every(({ difference }) => difference === null),
      );
      assert.deepEqual(
        alike.map(({ without }) => without),
        [],
      );
    });

  it('are all of the folder', () => {
    assert.deepEqual(readdirSync(join(ROOT, 'examples/checkers')).sort(), [
      'README.md',
      'crowdfunding',
      'names',
      'token',
      'vote',
    ]);
  });
});
