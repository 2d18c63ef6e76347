import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  DataError,
  decodeData,
  encodeData,
  MAX_MODULE,
  occupied,
  SPACE_CODE,
  type StoredCell,
  type SystemData,
} from '../../../consensus/cells/index.ts';
import { deleteCell, keys, outPointOf, putCell } from '../../../consensus/cells/storage.ts';
import type { Op } from '../../../consensus/interface/index.ts';

const vectors = JSON.parse(readFileSync(new URL('../../vectors/seed-systems.json', import.meta.url), 'utf8'))
  .cells as Readonly<Record<string, string>> & { readonly reject: readonly string[] };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

const id = fc.oneof(fc.nat(300), fc.constantFrom(MAX_MODULE, MAX_MODULE - 1, 2 ** 31));
const plain = { noNullPrototype: true };
const some = fc.uint8Array({ maxLength: 40 });
const anyData: fc.Arbitrary<SystemData> = fc.oneof(
  fc.record(
    { kind: fc.constantFrom('root', 'allocator'), nextId: fc.oneof(id, fc.constant(0xffff_ffff)) },
    plain,
  ),
  fc.record({ kind: fc.constant('module'), id }, plain),
  fc.record({ kind: fc.constant('token'), payload: some }, plain),
  fc.record({ kind: fc.constant('checker'), id, code: some }, plain),
);

describe('data of cells of module 0', () => {
  const known: readonly (readonly [string, SystemData])[] = [
    ['Root_2', { kind: 'root', nextId: 2 }],
    ['Allocator_128', { kind: 'allocator', nextId: 128 }],
    ['Module_128', { kind: 'module', id: 128 }],
    ['Module_max', { kind: 'module', id: MAX_MODULE }],
    ['Token_hello', { kind: 'token', payload: utf8('hello') }],
    ['Token_empty', { kind: 'token', payload: new Uint8Array() }],
    ['Checker_128', { kind: 'checker', id: 128, code: utf8(SPACE_CODE) }],
  ];

  it('has the bytes of the known answers', () => {
    assert.deepEqual(
      Object.keys(vectors).filter(name => name !== 'reject'),
      known.map(([name]) => name),
    );
    for (const [name, data] of known) assert.equal(hex(encodeData(data)), vectors[name], name);
  });

  it('refuses the others by name', () => {
    // What stands behind the bytes says why; two dots are the rest of a cell that is otherwise right.
    const codes = [
      'EMPTY_DATA',
      'WRONG_LENGTH',
      'WRONG_LENGTH',
      'WRONG_LENGTH',
      'WRONG_LENGTH',
      'UNKNOWN_TAG',
    ];
    assert.equal(vectors.reject.length, codes.length);
    for (const [index, line] of vectors.reject.entries()) {
      const bytes = Buffer.from((line.split(' ')[0] ?? '').replace('..', '00000002'), 'hex');
      assert.throws(
        () => decodeData(bytes),
        (error: unknown) => error instanceof DataError && error.code === codes[index],
        line,
      );
    }
    for (const bytes of ['4dffffffff', '43ffffffff'])
      assert.throws(() => decodeData(Buffer.from(bytes, 'hex')), { code: 'ID_OUT_OF_RANGE' });
    for (const wrong of [-1, 1.5, 2 ** 32])
      assert.throws(() => encodeData({ kind: 'root', nextId: wrong }), { code: 'ID_OUT_OF_RANGE' });
  });

  it('comes back as it was, and any bytes that are read are those that would be written', () => {
    fc.assert(fc.property(anyData, data => assert.deepEqual(decodeData(encodeData(data)), data)));
    const near = fc
      .tuple(anyData, fc.nat(60), fc.integer({ min: 0, max: 255 }), fc.integer({ min: -3, max: 3 }))
      .map(([data, place, byte, longer]) => {
        const bytes = [...encodeData(data), ...(longer > 0 ? Array<number>(longer).fill(byte) : [])];
        if (place < bytes.length) bytes[place] = byte;
        return Uint8Array.from(longer < 0 ? bytes.slice(0, longer) : bytes);
      });
    fc.assert(
      fc.property(fc.oneof(near, some), bytes => {
        try {
          assert.equal(hex(encodeData(decodeData(bytes))), hex(bytes));
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('rows of a cell', () => {
  const at = { transaction: `0x${'ab'.repeat(32)}`, index: 65_535 } as const;
  const lock = fc.option(fc.constantFrom<StoredCell['lock']>(`0x${'11'.repeat(20)}`, `0x${'22'.repeat(20)}`));
  const module = fc.constantFrom(0, 1, 128, 0xffff_ffff);
  const cell: fc.Arbitrary<StoredCell> = fc.record({
    module,
    capacity: fc.constantFrom(200, 0xffff_ffff),
    height: fc.constantFrom(0, 2 ** 53 - 1),
    data: fc.uint8Array({ maxLength: 300 }),
    lock,
    recipient: fc.option(fc.record({ module, lock })),
  });
  const sizeOf = (op: Op): number => (op.op === 'put' ? op.key.length + op.value.length : 0);

  it('take no more bytes than the cell is said to occupy, and exactly as many at most', () => {
    fc.assert(
      fc.property(cell, one => {
        const size = putCell(at, one).reduce((sum, op) => sum + sizeOf(op), 0);
        assert.ok(size <= occupied(one), `${size} bytes, ${occupied(one)} occupied`);
      }),
    );
    const largest: StoredCell = {
      module: 0xffff_ffff,
      capacity: 0xffff_ffff,
      height: 2 ** 53 - 1,
      data: new Uint8Array(300),
      lock: `0x${'11'.repeat(20)}`,
      recipient: { module: 0xffff_ffff, lock: `0x${'22'.repeat(20)}` },
    };
    const size = putCell(at, largest).reduce((sum, op) => sum + sizeOf(op), 0);
    assert.equal(occupied(largest) - size, 0);
  });

  it('go as they came', () => {
    fc.assert(
      fc.property(cell, one => {
        const put = putCell(at, one).map(op => (op.op === 'put' ? hex(op.key) : ''));
        assert.deepEqual(
          deleteCell(at, one).map(op => (op.op === 'delete' ? hex(op.key) : '')),
          put,
        );
      }),
    );
    assert.deepEqual(outPointOf(keys.cell(at)), at);
  });
});
