import assert from 'node:assert/strict';
import { decodeData, encodeData, type Group, NOBODY, SPACE_CODE } from '../../../consensus/cells/index.ts';
import { type Chain, failsWith } from '../../../devnet/testing/index.ts';
import {
  asOutput,
  CELLS,
  cellNow,
  cellsChain,
  consume,
  create,
  destroy,
  emit,
  enlarging,
  GOVERNOR,
  group,
  lockFor,
  moduleNow,
  output,
  PRICE,
  price,
  recipient,
  register,
  registration,
  type Sending,
  send,
  space,
  systemNow,
  systemOutput,
  text,
  transform,
} from './support.ts';

const ALLOW = 'return function() return true end';
/** Allows to create what a token of the module vouches for: a cell with the token's payload. */
const VOUCHED = `return function(group, module_id)
  local token = group[1].input
  if token == nil or token.cell.module_id ~= 0 or token.cell.recipient.module_id ~= module_id then return false end
  return #group == 2 and group[2].output.cell.data == token.cell.data:sub(2)
end`;

function refused(chain: Chain, code: string, groups: readonly Group[], sending: Sending = {}): void {
  failsWith(() => send(chain, groups, sending), code);
}

describe('a tour of cells', () => {
  it('begins with Root, the Allocator and the modules 0 and 1', () => {
    const chain = cellsChain();
    const { root, allocator } = systemNow(chain);
    assert.deepEqual(decodeData(root.data), { kind: 'root', nextId: 2 });
    assert.deepEqual(decodeData(allocator.data), { kind: 'allocator', nextId: 128 });
    assert.equal(root.lock, lockFor(GOVERNOR));
    assert.equal(allocator.lock, null);
    const modules = chain.query(CELLS, 'modules', { after: null }) as { module: number }[];
    assert.deepEqual(
      modules.map(({ module }) => module),
      [0, 1],
    );
    const checker = chain.query(CELLS, 'checker', { module: 1 }) as { code: Uint8Array };
    assert.equal(new TextDecoder().decode(checker.code), SPACE_CODE);
    assert.equal(cellNow(chain, moduleNow(chain, 0).checker)?.lock, NOBODY);
  });

  it('registers a module, emits a token, spends it in the group of the module, and updates the checker', () => {
    const chain = cellsChain();
    const id = register(chain, 'alice', VOUCHED);
    assert.equal(id, 128);
    assert.deepEqual(decodeData(systemNow(chain).allocator.data), { kind: 'allocator', nextId: 129 });

    const token = emit(chain, id, 'alice', 'hello', recipient(id, 'bob'));
    assert.deepEqual(cellNow(chain, token)?.data, text('Thello'));
    const made = output(id, text('hello'), 'bob');
    // Bob spends the token that Alice emitted; what it held of capacity pays for most of his cell.
    const groups = [group(id, consume(token), create(made)), enlarging];
    const missing = made.capacity - (cellNow(chain, token)?.capacity ?? 0);
    const owed = missing > 0 ? PRICE * BigInt(missing) : 0n;
    const bobs = send(chain, groups, { from: 'bob', by: ['bob'], value: owed, refund: 'bob' }).at(0);
    assert.deepEqual(cellNow(chain, bobs)?.data, text('hello'));
    assert.equal(cellNow(chain, token), null);

    refused(chain, 'CHECKER_REFUSED', [group(id, destroy(bobs))], { by: ['bob'], refund: 'bob' });
    const checker = cellNow(chain, moduleNow(chain, id).checker);
    assert.ok(checker);
    const newer = { ...asOutput(checker), data: encodeData({ kind: 'checker', id, code: text(ALLOW) }) };
    send(chain, [group(0, transform(checker.at, newer))], { by: ['alice'] });
    const before = chain.balance('bob');
    send(chain, [group(id, destroy(bobs))], { by: ['bob'], refund: 'bob' });
    assert.equal(chain.balance('bob') - before, price(made));
  });

  it('lets the governor alone register system modules, up to 127', () => {
    const chain = cellsChain();
    const first = registration(chain, 'alice', ALLOW, 'root');
    assert.equal(first.id, 2);
    refused(chain, 'LOCKED', first.groups, { value: first.value });
    refused(chain, 'UNUSED_UNLOCK', [enlarging], { by: ['bob'] });
    for (let id = 2; id < 128; id++) {
      const { groups, value } = registration(chain, 'alice', ALLOW, 'root');
      send(chain, groups, { value, by: [GOVERNOR] });
    }
    const late = registration(chain, 'alice', ALLOW, 'root');
    refused(chain, 'GROUP_REFUSED', late.groups, { value: late.value, by: [GOVERNOR] });
    assert.equal(register(chain, 'alice', ALLOW), 128);
  });

  it('gives back what capacity cost, to whom the owner says', () => {
    const chain = cellsChain();
    const pot = chain.pot(CELLS);
    const at = space(chain, 'alice', 500);
    assert.equal(chain.pot(CELLS) - pot, 500n * PRICE);
    refused(chain, 'NO_REFUND', [group(1, destroy(at))], { by: ['alice'] });
    const before = chain.balance('bob');
    send(chain, [group(1, destroy(at))], { by: ['alice'], refund: 'bob' });
    assert.equal(chain.balance('bob') - before, 500n * PRICE);
    assert.equal(chain.pot(CELLS), pot);
  });

  it('moves capacity from Space into a cell of a module', () => {
    const chain = cellsChain();
    const id = register(chain, 'alice', ALLOW);
    const at = space(chain, 'alice', 500);
    const made = { ...output(id, text('x'), 'alice'), capacity: 300 };
    const rest = { ...output(1, new Uint8Array(), 'alice'), capacity: 200 };
    const done = send(chain, [group(id, create(made)), group(1, transform(at, rest))], { by: ['alice'] });
    assert.deepEqual(done.receipt.events.find(({ name }) => name === 'applied')?.data.enlarged, 0);
  });

  describe('refuses', () => {
    it('what breaks a rule of transactions', () => {
      const chain = cellsChain();
      const id = register(chain, 'alice', ALLOW);
      const at = space(chain, 'alice', 500);
      const made = output(id, text('x'), 'alice');
      refused(chain, 'NO_GROUPS', []);
      refused(chain, 'EMPTY_GROUP', [group(id)]);
      refused(chain, 'OTHER_CONSENSUS', [enlarging], { consensus: 7 });
      refused(chain, 'UNKNOWN_MODULE', [group(999, create(output(999, text(''), null))), enlarging], {
        value: price(output(999, text(''), null)),
      });
      refused(chain, 'CAPACITY_EXCEEDED', [group(id, create(made))], { value: price(made) });
      refused(chain, 'VALUE_DIFFERS', [group(id, create(made)), enlarging], { value: price(made) - 1n });
      refused(chain, 'VALUE_DIFFERS', [enlarging], { value: 1n });
      refused(chain, 'CAPACITY_TOO_SMALL', [
        group(id, create({ ...made, capacity: made.capacity - 1 })),
        enlarging,
      ]);
      refused(chain, 'NO_SUCH_CELL', [group(1, destroy({ ...at, index: 1 }))]);
      refused(chain, 'DOUBLE_INPUT', [group(1, destroy(at), destroy(at))], { by: ['alice'] });
      refused(chain, 'WRONG_GROUP', [group(id, destroy(at))], { by: ['alice'] });
      refused(chain, 'NOT_VOLATILE', [group(1, consume(at))], { by: ['alice'] });
      refused(chain, 'LOCKED', [group(1, destroy(at))]);
      refused(chain, 'LOCKED', [group(1, destroy(at))], { by: ['bob'] });
      refused(chain, 'UNUSED_UNLOCK', [group(1, destroy(at))], { by: ['alice', 'bob'] });
      refused(chain, 'NO_FUEL', [group(1, destroy(at))], { by: ['alice'], refund: 'alice', fuel: 0 });
      refused(chain, 'CHECKER_REFUSED', [group(1, destroy(at))], { by: ['alice'], refund: 'alice', fuel: 1 });
      send(chain, [group(1, destroy(at))], { by: ['alice'], refund: 'alice' });
      refused(chain, 'NO_SUCH_CELL', [group(1, destroy(at))], { by: ['alice'], refund: 'alice' });
    });

    it('volatile cells where they do not belong', () => {
      const chain = cellsChain();
      const one = register(chain, 'alice', ALLOW);
      const other = register(chain, 'bob', ALLOW);
      const token = emit(chain, one, 'alice', 'x', recipient(one, 'bob'));
      refused(chain, 'NOT_RECIPIENT', [group(other, consume(token))], { by: ['bob'] });
      refused(chain, 'GROUP_REFUSED', [group(0, consume(token))], { by: ['bob'] });
      // Its owner can end it, its recipient can consume it, and neither the other's way.
      refused(chain, 'LOCKED', [group(one, consume(token))], { by: ['alice'] });
      refused(chain, 'LOCKED', [group(0, destroy(token))], { by: ['bob'] });
      const before = cellNow(chain, token);
      assert.ok(before);
      refused(chain, 'VOLATILE', [group(0, transform(token, asOutput(before)))], { by: ['alice'] });
      send(chain, [group(0, destroy(token))], { by: ['alice'], refund: 'alice' });
    });

    it('every group of module 0 but the five', () => {
      const chain = cellsChain();
      const id = register(chain, 'alice', ALLOW);
      const { cell, checker } = moduleNow(chain, id);
      const [own, rules] = [cellNow(chain, cell), cellNow(chain, checker)];
      const { allocator } = systemNow(chain);
      assert.ok(own && rules);
      const token = systemOutput({ kind: 'token', payload: text('x') }, 'alice', { to: recipient(id) });
      const foreign = systemOutput({ kind: 'token', payload: text('x') }, 'alice', { to: recipient(1) });
      const code = { kind: 'checker', id, code: text(ALLOW) } as const;
      const emission = transform(cell, asOutput(own));
      const by = ['alice'];
      const no = (groups: readonly Group[], value: bigint, more: Sending = {}): void =>
        refused(chain, 'GROUP_REFUSED', [...groups, enlarging], { by, value, refund: 'alice', ...more });

      no([group(0, create(token))], price(token), { by: [] });
      no([group(0, emission, create(foreign))], price(foreign));
      no([group(0, emission, create(token), create(token))], price(token, token));
      no([group(0, emission)], 0n);
      no([group(0, destroy(cell))], 0n);
      no([group(0, destroy(checker))], 0n);
      no(
        [group(0, transform(cell, { ...asOutput(own), lock: lockFor('bob') }), create(token))],
        price(token),
      );
      no([group(0, transform(checker, { ...asOutput(rules), lock: lockFor('bob') }))], 0n);
      no([group(0, transform(checker, { ...asOutput(rules), capacity: rules.capacity - 1 }))], 0n);
      const elsewhere = { ...asOutput(rules), data: encodeData({ ...code, id: 1 }) };
      no([group(0, transform(checker, elsewhere))], 0n);
      const garbled = { ...asOutput(rules), data: text('c') };
      no([group(0, transform(checker, garbled))], 0n);
      const none = { by: [] };
      no([group(0, transform(allocator.at, asOutput(allocator)))], 0n, none);
      const good = registration(chain, 'alice', ALLOW);
      const [first] = good.groups;
      const [count, module, rulesOf] = first?.operations ?? [];
      assert.ok(count && module && rulesOf && module.kind === 'create' && rulesOf.kind === 'create');
      no([group(0, count, rulesOf, module)], good.value, none);
      no([group(0, count, module)], price(module.output), none);
      no([group(0, count, module, rulesOf, create(token))], good.value + price(token), none);
      const volatile = systemOutput({ kind: 'module', id: good.id }, 'alice', { to: recipient(id) });
      no([group(0, count, create(volatile), rulesOf)], price(volatile, rulesOf.output), none);
      send(chain, good.groups, { value: good.value });
    });

    it('the checker of another module', () => {
      const chain = cellsChain();
      const id = register(chain, 'alice', ALLOW);
      const checker = cellNow(chain, moduleNow(chain, id).checker);
      assert.ok(checker);
      const data = encodeData({ kind: 'checker', id, code: text('return 1') });
      const groups = [group(0, transform(checker.at, { ...asOutput(checker), data }))];
      refused(chain, 'LOCKED', groups, { from: 'bob', by: ['bob'] });
    });
  });
});
