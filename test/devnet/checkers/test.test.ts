import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPairFromUri } from '../../../chain/index.ts';
import { fromHex } from '../../../consensus/interface/index.ts';
import { createLua } from '../../../consensus/lua/index.ts';
import { createChecker } from '../../../devnet/checkers/create.ts';
import { parseGroups } from '../../../devnet/checkers/groups.ts';
import { errorLines, sourceLine } from '../../../devnet/checkers/shown.ts';
import { type Tested, testGroups } from '../../../devnet/checkers/test.ts';

const LIMITS = { fuel: 1_000_000, memory: 1_048_576 };
const lua = createLua();
const CELL = { data: 'x' };
const TOKEN = { module_id: 0, data: 'T', recipient: { module_id: 130 } };

const fileOf = (group: unknown, more: object = {}): string =>
  JSON.stringify({ module: 130, groups: [{ name: 'one', expect: 'allowed', group, ...more }] });
function tested(code: string, group: unknown, more: object = {}): Tested {
  const [one] = testGroups(lua, Buffer.from(code), parseGroups(fileOf(group, more), 'groups.json'), LIMITS);
  assert.ok(one);
  return one;
}

describe('devnet checker test', () => {
  it('gives a checker the group and the id of its module', () => {
    const code = `return function(group, module_id)
      local first, second = group[1], group[2]
      assert(module_id == 130 and #group == 2 and first.output == nil and second.input == nil)
      local input, output = first.input, second.output
      assert(input.height == 7 and input.unlock == 'proof')
      assert(input.cell.module_id == 0 and input.cell.capacity == 4294967295)
      assert(input.cell.data == 'T\\0\\1\\0\\0\\0\\2\\0\\0\\0\\0\\0\\0\\0\\3\\xff0x')
      assert(input.cell.recipient.module_id == 130 and #input.cell.recipient.lock == 20)
      assert(input.cell.lock == nil and output.cell.lock == input.cell.recipient.lock)
      assert(output.cell.module_id == 130 and output.cell.data == '' and output.cell.recipient == nil)
      return true
    end`;
    const data = ['T', { u16: 1 }, { u32: '2' }, { u64: 3 }, '0xff', { text: '0x' }];
    const recipient = { module_id: 130, lock: 'alice' };
    const token = { module_id: 0, capacity: 4_294_967_295, data, recipient };
    const { outcome, difference } = tested(code, [
      { input: { cell: token, unlock: 'proof', height: 7 } },
      { output: { cell: { lock: 'alice' } } },
    ]);
    assert.equal(outcome.error, undefined);
    assert.equal(difference, null);
  });

  it('proves locks with their accounts, and gives a cell the capacity that it takes', () => {
    const code = `return function(group)
      local lock = group[1].input
      assert(#lock.unlock == 97 and string.sub(lock.unlock, 33) == string.rep('\\0', 65))
      local token, free, other = group[2].input, group[3].input, group[4].input
      assert(token.unlock == nil and free.unlock == nil)
      assert(#other.unlock == 97 and other.cell.lock == string.rep('\\xAB', 20))
      return string.sub(lock.unlock, 1, 32), free.cell.capacity
    end`;
    const { outcome } = tested(code, [
      { input: { cell: { lock: 'alice' } } },
      { input: { cell: TOKEN } },
      { input: { cell: CELL } },
      { input: { cell: { lock: `0x${'aB'.repeat(20)}` } } },
    ]);
    assert.equal(outcome.error, undefined);
    assert.deepEqual(outcome.value, fromHex(keyPairFromUri('//Alice').account));
  });

  it('adds a payment as the chain does', () => {
    const code = `return function(group, module_id)
      local paid = group[2].input
      assert(#group == 2 and group[2].output == nil and paid.height == 9 and paid.unlock == nil)
      assert(paid.cell.module_id == 0 and paid.cell.capacity == 0 and paid.cell.recipient.module_id == module_id)
      local kind, amount, payer = string.unpack('>c1I8c32', paid.cell.data)
      return kind == 'P' and amount == 5 and payer
    end`;
    const payment = { amount: '5', from: 'alice', height: 9 };
    const { outcome } = tested(code, [{ input: { cell: CELL } }], { payment });
    assert.equal(outcome.error, undefined);
    assert.deepEqual(outcome.value, fromHex(keyPairFromUri('//Alice').account));
  });

  it('tells each difference', () => {
    const group = [{ input: { cell: CELL } }];
    const difference = (code: string, more: object): string | null => tested(code, group, more).difference;
    const no = "return function() return false, 'the sums differ' end";
    const crash = 'return function(group)\n  return group.a.b\nend';
    assert.equal(difference(no, { expect: 'refused', says: 'sums' }), null);
    assert.equal(difference(no, { expect: 'refused', line: 1 }), null);
    assert.equal(difference(no, { expect: 'refused', line: 2 }), 'expected it in line 2');
    assert.equal(difference(no, {}), 'expected allowed');
    assert.equal(difference(no, { expect: 'refused', says: 'owner' }), 'expected to hear "owner"');
    assert.equal(difference(crash, { expect: 'error', line: 2, says: 'nil value' }), null);
    assert.equal(difference(crash, { expect: 'error', line: 3 }), 'expected it in line 3');
    assert.equal(difference(crash, { expect: 'refused' }), 'expected refused');
    assert.equal(difference('return function() return true end', { maxFuel: 5 }), 'expected at most 5 fuel');
    assert.equal(difference('return function() while true do end end', { expect: 'outOfFuel' }), null);
    assert.equal(difference('return 1 / 2', { expect: 'invalidCode', line: 1 }), null);
  });

  it('shows the line of an error and who called it', () => {
    const code = `local function lock_of(cell)
  return cell.lock.owner
end
return function(group)
  local lock = lock_of(group[1].input.cell)
  return lock ~= nil
end`;
    const { outcome } = tested(code, [{ input: { cell: CELL } }]);
    const source = { name: 'rule.lua', code: Buffer.from(code) };
    assert.deepEqual(errorLines(outcome, source), [
      "rule.lua:2: attempt to index a nil value (field 'lock')",
      '   2 |   return cell.lock.owner',
      '  by rule.lua:5: in function <rule.lua:4>',
    ]);
    assert.equal(sourceLine({ name: 'rule.lua', code: Buffer.from('a\r\nb\x1b[2J') }, 2), '   2 | b [2J');
  });

  it('names the place of what is wrong in the groups', () => {
    const wrong = (text: string, message: RegExp): void =>
      assert.throws(() => parseGroups(text, 'groups.json'), { name: 'BAD_GROUPS', message });
    const output = (cell: unknown) => [{ output: { cell } }];
    wrong('{ "module": ', /^groups\.json: /);
    wrong('{ "module": 1, "groups": [] }', /^groups\.json, groups: /);
    wrong(fileOf([{}]), /groups\[0\]\.group\[0\]: neither input nor output/);
    wrong(fileOf(output('nobody')), /groups\[0\]: there is no cell called nobody/);
    wrong(fileOf(output('toString')), /there is no cell called toString/);
    wrong(fileOf(output(CELL), { expect: 'fine' }), /groups\[0\]\.expect: /);
    for (const cell of [
      { ...CELL, data: '0x1' },
      { ...CELL, data: [{ u8: 256 }] },
      { ...CELL, data: { u64: '18446744073709551616' } },
      { ...CELL, capacity: -1 },
      { ...CELL, capacity: 4_294_967_296 },
      { ...CELL, locks: 'x' },
      { ...CELL, lock: '0x12' },
    ])
      wrong(fileOf(output(cell)), /groups\[0\]\.group\[0\]\.output\.cell/);
    wrong(fileOf(output({ ...CELL, lock: 'nobody' })), /groups\[0\]: nobody is no development account/);
    const twice = { name: 'one', expect: 'allowed', group: output(CELL) };
    wrong(
      JSON.stringify({ module: 1, groups: [twice, twice] }),
      /groups\[1\]: there are two groups called one/,
    );
  });
});

describe('groups that no transaction can have', () => {
  const wrong = (group: unknown, message: RegExp): void =>
    assert.throws(() => parseGroups(fileOf(group), 'groups.json'), { name: 'BAD_GROUPS', message });
  it('are refused', () => {
    const elsewhere = { ...TOKEN, recipient: { module_id: 131 } };
    wrong([{ input: { cell: elsewhere } }], /an input of module 0 has another recipient than 130/);
    wrong([{ input: { cell: { module_id: 131 } } }], /an input of module 131 has another recipient than 130/);
    wrong([{ output: { cell: { module_id: 131 } } }], /an output of module 131 is in a group of 130/);
    wrong([{ input: { cell: TOKEN }, output: { cell: CELL } }], /never transformed/);
    wrong([{ output: { cell: { ...CELL, capacity: 20 } } }], /a capacity of 20, and the cell takes \d+/);
    wrong([{ output: { cell: { data: 'x'.repeat(32_769) } } }], /more than 32768 bytes/);
  });
});

describe('devnet checker new', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'checker-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('writes a checker whose groups end as they say, and replaces nothing', async () => {
    const folder = join(root, 'coins');
    assert.deepEqual(await createChecker('coins', folder), ['README.md', 'checker.lua', 'groups.json']);
    const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');
    const cases = parseGroups(await read('groups.json'), 'groups.json');
    const results = testGroups(lua, Buffer.from(await read('checker.lua')), cases, LIMITS);
    assert.ok(results.length >= 5);
    assert.deepEqual(
      results.filter(({ difference }) => difference !== null),
      [],
    );
    assert.match(await read('README.md'), /^# coins\n/);
    await assert.rejects(createChecker('coins', folder), { name: 'FOLDER_EXISTS' });
    await writeFile(join(root, 'file'), '');
    await assert.rejects(createChecker('coins', join(root, 'file')), { name: 'FOLDER_EXISTS' });
    await assert.rejects(createChecker('No Name', join(root, 'other')), { name: 'USAGE' });
  });
});
