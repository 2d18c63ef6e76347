/** The faults of a cluster as data: what each node is told of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HEALTHY_MS, restartDelay } from '../../devnet/supervisor/backoff.ts';
import {
  groupSize,
  NO_CLUSTER_FAULTS,
  onSmallerSide,
  rulesOf,
  withLatency,
  withLoss,
  withNode,
  withPartition,
} from '../../devnet/supervisor/faults.ts';
import type { ClusterFaults } from '../../node/client/wireCluster.ts';
import { FaultRules } from '../../node/options.ts';

const NODES = 5;
const IDS = ['p0', 'p1', 'p2', 'p3', 'p4'];
const index = fc.nat(NODES - 1);
const where = fc.record(
  { between: fc.tuple(index, index).filter(([a, b]) => a !== b), seed: fc.nat(0xffff_ffff) },
  { requiredKeys: [] },
);
type Step = (faults: ClusterFaults) => ClusterFaults;
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(where, fc.nat(1_000), fc.nat(1_000)).map(
    ([on, ms, jitter]): Step =>
      faults =>
        withLatency(faults, { ms, jitter, ...on }, NODES),
  ),
  fc.tuple(where, fc.nat(100)).map(
    ([on, percent]): Step =>
      faults =>
        withLoss(faults, { percent, ...on }, NODES),
  ),
  fc.subarray([0, 1, 2, 3, 4], { minLength: 1, maxLength: 4 }).map(
    (group): Step =>
      faults =>
        withPartition(faults, [group], NODES),
  ),
);
const history = fc.array(step, { maxLength: 8 });
const after = (steps: readonly Step[]): ClusterFaults =>
  steps.reduce((faults, next) => next(faults), NO_CLUSTER_FAULTS);
const faultsAfter = history.map(after);
const link = (faults: ClusterFaults, a: number, b: number) => rulesOf(faults, a, IDS).peers[`p${b}`];
const named = (name: string) => (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === name;

describe('faults of a cluster', () => {
  it('are told to both ends alike, in a form that a node accepts', () => {
    fc.assert(
      fc.property(faultsAfter, index, index, (faults, a, b) => {
        assert.deepEqual(link(faults, a, b), link(faults, b, a));
        assert.deepEqual(FaultRules.parse(rulesOf(faults, a, IDS)), rulesOf(faults, a, IDS));
        assert.equal(link(faults, a, a), undefined);
      }),
    );
  });

  it('the last word on a pair of nodes holds, and nobody else hears it', () => {
    fc.assert(
      fc.property(faultsAfter, index, index, fc.nat(100), (faults, a, b, percent) => {
        fc.pre(a !== b);
        const changed = withLoss(faults, { percent, between: [b, a] }, NODES);
        assert.equal(link(changed, a, b)?.lossPercent ?? 0, percent);
        for (const [x, y] of [
          [0, 1],
          [1, 2],
          [3, 4],
          [0, 4],
        ] as const)
          if (![x, y].every(node => node === a || node === b))
            assert.deepEqual(link(changed, x, y), link(faults, x, y));
      }),
    );
  });

  it('are gone when each is taken away', () => {
    fc.assert(
      fc.property(faultsAfter, faults => {
        const nothing = {
          ...withLoss(withLatency(faults, { ms: 0 }, NODES), { percent: 0 }, NODES),
          groups: [],
        };
        for (let node = 0; node < NODES; node++) assert.deepEqual(rulesOf(nothing, node, IDS).peers, {});
      }),
    );
  });

  it('do not grow with what was asked before', () => {
    fc.assert(
      fc.property(faultsAfter, ({ latency, loss }) => {
        const pairs = (NODES * (NODES - 1)) / 2;
        assert.ok(latency.length <= pairs + 1 && loss.length <= pairs + 1);
      }),
    );
  });

  it('a partition cuts between groups and nowhere else; whom nobody names forms one more group', () => {
    const faults = withPartition(NO_CLUSTER_FAULTS, [[0, 3], [4]], NODES);
    assert.deepEqual(faults.groups, [[0, 3], [4], [1, 2]]);
    const cut = (a: number, b: number) => link(faults, a, b)?.cut === true;
    assert.deepEqual(
      [cut(0, 3), cut(1, 2), cut(0, 1), cut(3, 4), cut(4, 2)],
      [false, false, true, true, true],
    );
    assert.deepEqual([groupSize(faults, 4, NODES), groupSize(faults, 1, NODES)], [1, 2]);
    assert.equal(groupSize(NO_CLUSTER_FAULTS, 1, NODES), NODES);
    assert.deepEqual(onSmallerSide(faults, NODES), [4]);
    assert.deepEqual(onSmallerSide(NO_CLUSTER_FAULTS, NODES), []);
  });

  it('a node that comes under a partition joins node 0', () => {
    const faults = withNode(withPartition(NO_CLUSTER_FAULTS, [[1]], 2), 2);
    assert.deepEqual(faults.groups, [[1], [0, 2]]);
    assert.equal(withNode(NO_CLUSTER_FAULTS, 2), NO_CLUSTER_FAULTS);
  });

  it('what cannot be meant is refused by name', () => {
    const partition = (groups: number[][]) => () => withPartition(NO_CLUSTER_FAULTS, groups, NODES);
    assert.throws(
      partition([
        [0, 1],
        [1, 2],
      ]),
      named('BAD_GROUPS'),
    );
    assert.throws(partition([[0, 0]]), named('BAD_GROUPS'));
    assert.throws(partition([[0, 1, 2, 3, 4]]), named('BAD_GROUPS'));
    assert.throws(partition([[0], []]), named('BAD_GROUPS'));
    assert.throws(partition([[5]]), named('UNKNOWN_NODE'));
    assert.throws(
      () => withLoss(NO_CLUSTER_FAULTS, { percent: 1, between: [0, 5] }, NODES),
      named('UNKNOWN_NODE'),
    );
    assert.throws(
      () => withLatency(NO_CLUSTER_FAULTS, { ms: 1, between: [2, 2] }, NODES),
      named('BAD_FAULT'),
    );
  });
});

describe('the pause before a node starts again', () => {
  it('doubles from a second to half a minute, and ends', () => {
    const delays = Array.from({ length: 8 }, (_, ends) => restartDelay(ends + 1));
    assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, null, null]);
    assert.ok(HEALTHY_MS >= 1_000);
  });
});
