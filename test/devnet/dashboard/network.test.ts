import assert from 'node:assert/strict';
import fc from 'fast-check';
import { groupsOf, isCut, latencyOf } from '../../../devnet/dashboard/between.ts';
import { NO_CLUSTER_FAULTS, withLatency, withPartition } from '../../../devnet/supervisor/faults.ts';

const COUNT = 5;
const node = fc.integer({ min: 0, max: COUNT - 1 });

describe('the network as it is drawn', () => {
  it('cuts links between groups only, and nodes that are not named are one more group', () => {
    const { groups } = withPartition(NO_CLUSTER_FAULTS, [[0, 1], [3]], COUNT);
    const cut = (a: number, b: number): boolean => isCut({ groups }, a, b);
    assert.deepEqual([cut(0, 1), cut(2, 4), cut(3, 3)], [false, false, false]);
    assert.deepEqual([cut(0, 3), cut(1, 2), cut(3, 4)], [true, true, true]);
    assert.equal(isCut(NO_CLUSTER_FAULTS, 0, 1), false);
  });

  it('shows the delay that holds: of all that were set for a pair, the last', () => {
    const change = fc.record({
      ms: fc.integer({ min: 0, max: 500 }),
      between: fc.option(
        fc.tuple(node, node).filter(([a, b]) => a !== b),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 8 }),
        fc.tuple(node, node).filter(([a, b]) => a < b),
        (changes, [a, b]) => {
          const faults = changes.reduce(
            (before, each) => withLatency(before, each, COUNT),
            NO_CLUSTER_FAULTS,
          );
          const own = changes.filter(
            ({ between }) => between === undefined || (between.includes(a) && between.includes(b)),
          );
          assert.equal(latencyOf(faults, a, b), own.at(-1)?.ms ?? 0);
        },
      ),
    );
  });

  it('makes groups of equal letters', () => {
    assert.deepEqual(groupsOf(['A', 'B', 'A']), [[0, 2], [1]]);
    assert.deepEqual(groupsOf([]), []);
  });
});
