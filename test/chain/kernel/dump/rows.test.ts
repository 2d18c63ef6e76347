import assert from 'node:assert/strict';
import fc from 'fast-check';
import { State } from '../../../../chain/index.ts';
import { readerOf } from '../../../../chain/kernel/dump/rows.ts';

const key = fc.uint8Array({ minLength: 1, maxLength: 4, max: 3 });

describe('the rows of a dump', () => {
  it('are read as a state of them is', () => {
    const asked = fc.record({
      prefix: fc.uint8Array({ maxLength: 3, max: 3 }),
      after: fc.option(key),
      limit: fc.nat(5),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { selector: bytes => String(bytes), maxLength: 40 }),
        asked,
        (keys, question) => {
          const rows = keys
            .sort(Buffer.compare)
            .map((each, index) => ({ key: each, value: Uint8Array.of(index) }));
          const [reader, state] = [
            readerOf(rows),
            State.fromRows(rows.map(({ key, value }) => [key, value] as const)),
          ];
          const { prefix, after, limit } = question;
          const options = { limit, ...(after === null ? {} : { after }) };
          const found = [reader, state].map(each =>
            Array.from(each.scan(prefix, options), row => row.map(bytes => [...bytes])),
          );
          assert.deepEqual(found[0], found[1]);
          for (const each of [...keys, prefix])
            assert.deepEqual(reader.get(each)?.slice(), state.get(each)?.slice());
        },
      ),
      { numRuns: 500 },
    );
  });
});
