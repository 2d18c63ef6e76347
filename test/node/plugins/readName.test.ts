import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encode } from '../../../consensus/interface/index.ts';
import { readName, rowKey, rowName } from '../../../node/plugins/readName.ts';
import { Read } from '../../../node/plugins/wire.ts';

/** Few values, the letter of names among them, so that reads are often nearly equal; some keys longer than the state's. */
const bytes = fc.oneof(
  fc.array(fc.constantFrom(0, 0x67), { maxLength: 3 }).map(items => Uint8Array.from(items)),
  fc.constantFrom(1023, 1024, 1025, 3000).map(length => new Uint8Array(length).fill(length & 0xff)),
);
const account = fc.constantFrom('00', '0a', 'aa').map((pair): `0x${string}` => `0x${pair.repeat(32)}`);
const number = fc.nat(2);
const epoch = fc.option(number);
const read: fc.Arbitrary<Read> = fc.oneof(
  fc.record({ kind: fc.constant('get' as const), key: bytes }),
  fc.record({ kind: fc.constant('scan' as const), prefix: bytes, after: fc.option(bytes), limit: epoch }),
  fc.constant({ kind: 'pot' } as const),
  fc.record({ kind: fc.constant('balance' as const), account }),
  fc.record({ kind: fc.constant('reserve' as const), client: account, server: account }),
  fc.record({ kind: fc.constant('module' as const), id: number, epoch }),
  fc.record({ kind: fc.constant('moduleOf' as const), account, epoch }),
  fc.record({
    kind: fc.constant('price' as const),
    module: number,
    fn: fc.constantFrom('', '1', '1,2'),
    epoch: number,
  }),
  fc.record({ kind: fc.constant('children' as const), parent: number, epoch: number }),
  fc.record({ kind: fc.constant('moduleStake' as const), module: number }),
  fc.record({ kind: fc.constant('validatorStake' as const), validator: account }),
);

describe('names of reads', () => {
  it('are equal for equal reads and for no others', () => {
    fc.assert(
      fc.property(fc.array(read, { minLength: 60, maxLength: 60 }), reads => {
        const byName = new Map<string, string>();
        const different = new Set<string>();
        for (const one of reads) {
          const encoded = Buffer.from(encode(Read, one)).toString('hex');
          different.add(encoded);
          assert.equal(byName.get(readName(one)) ?? encoded, encoded);
          byName.set(readName(one), encoded);
        }
        assert.equal(byName.size, different.size);
      }),
      { numRuns: 200 },
    );
  });

  it('of rows sort as their keys do, give them back, and are those of reading them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), bytes, (a, b, c) => {
        assert.equal(Math.sign(Buffer.compare(a, b)), order(rowName(a), rowName(b)));
        for (const key of [a, b, c]) {
          assert.deepEqual(Uint8Array.from(rowKey(rowName(key))), Uint8Array.from(key));
          assert.equal(readName({ kind: 'get', key }), rowName(key));
        }
      }),
    );
  });
});

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
