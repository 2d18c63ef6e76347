import assert from 'node:assert/strict';
import { type BlockOutcomes, type ChainEvent, kernelEvent, type Outcome } from '../../chain/index.ts';
import { builtins } from '../../consensus/index.ts';
import { encode } from '../../consensus/interface/index.ts';
import { mergeParts, settlementParts } from '../../node/settlements.ts';

const consensus0 = builtins['consensus-0@1.0.0'];
assert.ok(consensus0?.events?.row);
const mechanisms = new Map([[0, consensus0]]);
const rowCodec = consensus0.events.row;
const [client, server, child] = [1, 2, 3].map(n => `0x${String(n).repeat(64)}` as const) as [
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
];

const row = (calls: number, amount: bigint, status: string): ChainEvent => ({
  source: 0,
  name: 'row',
  data: encode(rowCodec, { epoch: 4, client, server, calls, amount, status }),
});
const outcome = (events: ChainEvent[]): Outcome => ({ ok: true, failure: null, weight: 1, fee: 1n, events });
const block = (part: Partial<BlockOutcomes>): BlockOutcomes => ({
  system: [],
  events: [],
  transactions: [],
  ...part,
});
const close = (done: boolean, events: ChainEvent[]) => ({
  consensus: 0,
  epoch: 5,
  ok: true,
  failure: null,
  done,
  events,
});

describe('settlements', () => {
  it('gather the rows of an epoch’s blocks and what its close moved, over several blocks', () => {
    const blocks: [number, BlockOutcomes][] = [
      [
        5,
        block({
          transactions: [outcome([row(3, 30n, 'OK'), row(0, 0n, 'REPLAY')]), outcome([row(1, 5n, 'OK')])],
        }),
      ],
      [
        6,
        block({
          system: [
            close(false, [
              kernelEvent('ReserveDebited', { consensus: 0, client, server, amount: 30n }),
              kernelEvent('PotPaid', { consensus: 0, account: server, amount: 20n }),
            ]),
          ],
          transactions: [outcome([row(9, 90n, 'OK')])],
        }),
      ],
      [
        6,
        block({
          system: [
            close(true, [
              kernelEvent('ReserveDebited', { consensus: 0, client, server, amount: 5n }),
              kernelEvent('PotPaid', { consensus: 0, account: child, amount: 10n }),
              kernelEvent('PotPaid', { consensus: 0, account: server, amount: 5n }),
            ]),
          ],
        }),
      ],
    ];
    const placed = blocks.flatMap(([epoch, outcomes], index) =>
      settlementParts(epoch, outcomes, mechanisms).map(each => ({ ...each, height: 41 + index })),
    );
    const parts = (epoch: number) => placed.filter(each => each.epoch === epoch);
    const settled = mergeParts(0, 5, parts(5));
    assert.deepEqual(settled, {
      consensus: 0,
      epoch: 5,
      done: true,
      closedIn: [42, 43],
      calls: 4,
      total: 35n,
      debits: [{ client, server, amount: 35n }],
      credits: [
        { account: server, amount: 25n },
        { account: child, amount: 10n },
      ],
      rows: [
        { epoch: 4, client, server, calls: 3, amount: 30n, status: 'OK', height: 41 },
        { epoch: 4, client, server, calls: 0, amount: 0n, status: 'REPLAY', height: 41 },
        { epoch: 4, client, server, calls: 1, amount: 5n, status: 'OK', height: 41 },
      ],
    });
    const open = mergeParts(0, 6, parts(6));
    assert.equal(open.done, false);
    assert.deepEqual([open.calls, open.total, open.rows.length, open.closedIn], [9, 0n, 1, []]);
  });

  it('leave out events of other shapes', () => {
    const strange: ChainEvent = { source: 7, name: 'row', data: Uint8Array.of(1) };
    assert.deepEqual(settlementParts(1, block({ transactions: [outcome([strange])] }), mechanisms), []);
    assert.deepEqual(settlementParts(1, block({}), mechanisms), []);
  });
});
