import assert from 'node:assert/strict';
import type { OrderingMessage } from '../../node/ordering/messages.ts';
import { createPeers } from '../../node/ordering/peers.ts';

const MIB = 1024 * 1024;

describe('messages for a height that is not open yet', () => {
  const peers = () =>
    createPeers(
      {
        transport: { broadcast() {}, send() {}, penalise() {} },
        decided: async () => null,
        onBehind() {},
        clock: { now: () => 0, after: () => () => {} },
      },
      500,
      error => assert.fail(String(error)),
    );
  const vote = {
    kind: 'vote',
    vote: 'prevote',
    height: 2,
    round: 0,
    blockHash: null,
  } as unknown as Extract<OrderingMessage, { kind: 'vote' }>;

  it('are kept up to sixteen of a peer, and handed out once', () => {
    const kept = peers();
    for (let index = 0; index < 20; index++) kept.keepEarly('a', 2, 100, vote);
    kept.keepEarly('b', 2, 100, vote);
    assert.equal(kept.takeEarly().length, 17);
    assert.equal(kept.takeEarly().length, 0);
  });

  it('of all peers together stay below a bound in bytes, which is free again when they are taken', () => {
    const kept = peers();
    for (let index = 0; index < 200; index++) kept.keepEarly(`peer ${index}`, 2, MIB, vote);
    assert.equal(kept.takeEarly().length, 128);
    for (let index = 0; index < 200; index++) kept.keepEarly(`peer ${index}`, 3, MIB, vote);
    assert.equal(kept.takeEarly().length, 128);
  });

  it('make room for those of higher heights', () => {
    const kept = peers();
    for (let index = 0; index < 128; index++) kept.keepEarly(`peer ${index}`, 2, MIB, vote);
    for (let index = 0; index < 128; index++) kept.keepEarly(`peer ${index}`, 4, MIB, vote);
    const heights = new Set(kept.takeEarly().map(({ height }) => height));
    assert.deepEqual([...heights], [4]);
  });
});
