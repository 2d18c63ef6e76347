import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ChainError, decodeDump, encodeDump, LIMITS, sha256 } from '../../../../chain/index.ts';
import { REPLACED_TABLES } from '../../../../chain/kernel/dump/tables.ts';
import * as tables from '../../../../chain/kernel/tables.ts';
import { createTestChain, GENESIS_TIME } from '../../../support/chain.ts';
import { BLOCK_HASH, dumpOf } from './support.ts';

/** Bytes with a checksum that is right. */
const sealed = (content: Uint8Array): Uint8Array =>
  Uint8Array.of(...content, ...Buffer.from(sha256(content).slice(2), 'hex'));
const content = (bytes: Uint8Array): Uint8Array => bytes.slice(0, -32);

const refused = (bytes: Uint8Array, code: string, message = /./): void =>
  assert.throws(
    () => decodeDump(bytes),
    (error: unknown) => error instanceof ChainError && error.code === code && message.test(error.message),
    code,
  );

describe('the file of a dump', () => {
  const chain = createTestChain();
  const bytes = dumpOf(chain);

  it('says whose state it is, and is the same for the same state', () => {
    const { header, hash, rows } = decodeDump(bytes);
    assert.equal(header.chainId, chain.genesis.chainId);
    assert.deepEqual([header.height, header.blockHash, header.time], [0, BLOCK_HASH, GENESIS_TIME]);
    assert.equal(hash, `0x${Buffer.from(bytes.slice(-32)).toString('hex')}`);
    assert.equal(
      header.tables.reduce((sum, { rows }) => sum + rows, 0),
      rows.length,
    );
    assert.deepEqual(dumpOf(createTestChain()), bytes);
    const other = createTestChain();
    other.block();
    assert.notDeepEqual(dumpOf(other), bytes);
  });

  it('is refused by size, kind, version, checksum and shape, in this order', () => {
    refused(new Uint8Array(LIMITS.dump + 1), 'DUMP_TOO_LARGE');
    refused(new Uint8Array(), 'DUMP_INVALID', /begins otherwise/);
    refused(new TextEncoder().encode('{"a dump": "of something else"}'), 'DUMP_INVALID', /begins otherwise/);
    const newer = bytes.slice();
    newer[11] = 2;
    refused(newer, 'DUMP_NEWER', /version 2, .* up to 1/);
    newer[11] = 0;
    refused(newer, 'DUMP_INVALID', /no version 0/);
    refused(bytes.slice(0, 20), 'DUMP_DAMAGED');
    refused(bytes.slice(0, -1), 'DUMP_DAMAGED');
    refused(Uint8Array.of(...bytes, 0), 'DUMP_DAMAGED');
    const longHeader = content(bytes);
    longHeader[13] = 1;
    refused(sealed(longHeader), 'DUMP_INVALID', /header is longer/);
    refused(sealed(content(bytes).slice(0, -1)), 'DUMP_INVALID', /the rows: /);
    refused(sealed(Uint8Array.of(...content(bytes), 0)), 'DUMP_INVALID', /the rows: /);
  });

  it('has its rows in order, once, and as many as it says', () => {
    const { header, rows } = decodeDump(bytes);
    refused(encodeDump(header, rows.toReversed()), 'DUMP_INVALID', /does not come after/);
    refused(encodeDump(header, [...rows.slice(0, 1), ...rows]), 'DUMP_INVALID', /does not come after/);
    const more = encodeDump(header, [...rows, { key: Uint8Array.of(0xff), value: new Uint8Array() }]);
    const at = Buffer.from(more).indexOf(Buffer.from([0x92, 0xcc, 0xff, 0x01]));
    assert.ok(at > 0, 'the count of that table');
    const wrong = content(more);
    wrong[at + 3] = 2;
    refused(sealed(wrong), 'DUMP_INVALID', /counts other rows/);
  });

  it('is not made of more than anybody loads', () => {
    const { header } = decodeDump(bytes);
    const row = (number: number) => ({
      key: Buffer.from(number.toString(16).padStart(8, '0'), 'hex'),
      value: new Uint8Array(),
    });
    const many = Array.from({ length: LIMITS.dumpRows + 1 }, (_, number) => row(number));
    assert.throws(() => encodeDump(header, many), { code: 'DUMP_TOO_LARGE' });
    const large = Array.from({ length: 40 }, (_, number) => ({
      ...row(number),
      value: new Uint8Array(LIMITS.stateValue),
    }));
    assert.throws(() => encodeDump(header, large), { code: 'DUMP_TOO_LARGE' });
  });

  it('survives any damage: it is refused by name, or the same', () => {
    const damage = fc.record({
      at: fc.nat(),
      flip: fc.integer({ min: 1, max: 255 }),
      cut: fc.boolean(),
      seal: fc.boolean(),
    });
    fc.assert(
      fc.property(damage, ({ at, flip, cut, seal }) => {
        const hurt = seal ? content(bytes) : bytes.slice();
        const index = at % hurt.length;
        hurt[index] = (hurt[index] ?? 0) ^ flip;
        const cutOff = cut ? hurt.slice(0, index) : hurt;
        const input = seal ? sealed(cutOff) : cutOff;
        try {
          const { header, rows } = decodeDump(input);
          const { tables: _, ...origin } = header;
          assert.deepEqual(encodeDump(origin, rows), input, 'what is read is canonical');
        } catch (error) {
          assert.ok(error instanceof ChainError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has a place for every table: it is dumped, made anew, or left to the chain that loads', () => {
    const left = [
      ...['installations', 'pastCode', 'validatorSets', 'seats', 'punished', 'clocks'],
      ...['devSnapshots', 'keptRows', 'reverts', 'pendingReverts', 'devLoads', 'loadParts', 'pendingLoads'],
    ];
    const all = Object.entries(tables).flatMap(([name, table]) =>
      typeof table === 'object' && 'codec' in table ? [{ name, id: table.id }] : [],
    );
    const unplaced = all.filter(({ id }) => !REPLACED_TABLES.includes(id)).map(({ name }) => name);
    assert.deepEqual(unplaced.sort(), left.sort());
  });
});
