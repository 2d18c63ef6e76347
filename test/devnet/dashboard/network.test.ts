import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isCut, latencyOf } from '../../../devnet/dashboard/between.ts';
import { DOT, distance, layGroups } from '../../../devnet/dashboard/circles.ts';
import {
  groupsNow,
  groupsOf,
  moved,
  type Place,
  sameGroups,
  shifted,
} from '../../../devnet/dashboard/grouping.ts';
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

/** Nodes 0 to n - 1 in groups, by the letter of each. */
const grouping = fc
  .array(fc.constantFrom('A', 'B', 'C', 'D'), { minLength: 1, maxLength: 16 })
  .map(letters => ({ letters, groups: groupsOf(letters) }));

describe('nodes that are moved', () => {
  it('are each in one group, wherever one is put', () => {
    fc.assert(
      fc.property(
        grouping,
        fc.nat(),
        fc.nat(),
        fc.constantFrom('node', 'group', 'nowhere'),
        (made, a, b, kind) => {
          const { groups, letters } = made;
          const node = a % letters.length;
          const other = b % letters.length;
          const group = groups[b % groups.length] ?? [];
          const place: Place = kind === 'node' ? { node: other } : kind === 'group' ? { group } : null;
          if (kind === 'node' && other === node) return;
          const next = moved(groups, node, place);
          assert.deepEqual(
            next.flat().sort((x, y) => x - y),
            letters.map((_, index) => index),
          );
          assert.ok(next.every(({ length }) => length > 0));
          const own = next.find(each => each.includes(node)) ?? [];
          if (kind === 'nowhere') assert.deepEqual(own, [node]);
          if (kind === 'node') assert.ok(own.includes(other));
          if (kind === 'group') assert.ok(group.every(each => own.includes(each)));
        },
      ),
    );
  });

  it('part from the rest with the one that they are put to', () => {
    assert.deepEqual(moved([[0, 1, 2, 3]], 2, { node: 0 }), [
      [1, 3],
      [0, 2],
    ]);
    const apart = [[0, 1, 2], [3]];
    assert.deepEqual(moved(apart, 3, { node: 1 }), [[0, 1, 2, 3]], 'together again');
    assert.deepEqual(moved(apart, 1, { group: [0, 1, 2] }), apart, 'put back where it was');
    assert.deepEqual(moved(apart, 3, null), apart);
    assert.equal(sameGroups([[0], [1]], [[1], [0]]), true);
    assert.equal(sameGroups([[0, 1]], [[1], [0]]), false);
    assert.deepEqual(groupsNow([], [0, 1]), [[0, 1]]);
  });

  it('come by every group and through solitude with one key, and back with the other', () => {
    fc.assert(
      fc.property(grouping, fc.nat(), ({ groups, letters }, at) => {
        const node = at % letters.length;
        const isAlone = groups.some(group => group.length === 1 && group[0] === node);
        let now = groups;
        const stops = isAlone ? groups.length : groups.length + 1;
        const seen = new Set<string>();
        for (let press = 0; press < stops; press++) {
          now = shifted(now, node, 1);
          seen.add((now.find(group => group.includes(node)) ?? []).join());
        }
        assert.ok(sameGroups(now, groups));
        assert.equal(seen.size, stops);
        assert.ok(sameGroups(shifted(shifted(groups, node, 1), node, -1), groups));
      }),
    );
  });

  it('stand apart in the picture, within their groups and within its frame', () => {
    fc.assert(
      fc.property(grouping, ({ groups }) => {
        const { circles, at, box } = layGroups(groups);
        const [left, top, width, height] = box;
        for (const [i, a] of circles.entries()) {
          for (const b of circles.slice(i + 1))
            assert.ok(distance(a, b) > a.radius + b.radius, 'groups do not touch');
          assert.ok(a.x - a.radius >= left && a.x + a.radius <= left + width);
          assert.ok(a.y - a.radius >= top && a.y + a.radius <= top + height);
          for (const node of a.group) {
            const place = at.get(node);
            assert.ok(place !== undefined && distance(place, a) + DOT <= a.radius + 1e-9);
          }
        }
        const places = [...at.values()];
        for (const [i, a] of places.entries())
          for (const b of places.slice(i + 1)) assert.ok(distance(a, b) > 2 * DOT);
      }),
    );
  });
});
