import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { thriftyWindows } from '../../p2p/libp2p/thrift.ts';
import { join, libp2pBed } from './bed.ts';

describe('thrift', () => {
  it('spends one write of a socket on one small message', async () => {
    const bed = libp2pBed();
    const [alice, bob] = [bed.network(), bed.network()];
    try {
      let answered = () => {};
      const options = { maxMessageBytes: 100, maxQueuedBytes: 1000 };
      const echo = bob.channel('echo', { ...options, onMessage: peer => echo.send(peer, Uint8Array.of(1)) });
      const call = alice.channel('echo', { ...options, onMessage: () => answered() });
      const roundTrip = () =>
        new Promise<void>(resolve => {
          answered = resolve;
          call.send(bob.id, Uint8Array.of(0));
        });
      await join(alice, bob);
      for (let warmUp = 0; warmUp < 5; warmUp++) await roundTrip();
      const writes = await countWrites(async () => {
        for (let trip = 0; trip < 50; trip++) await roundTrip();
      });
      // A ping may come in between.
      assert(writes >= 100 && writes <= 110, `${writes} writes for 100 messages`);
    } finally {
      await bed.stop();
    }
  });

  it('tells a peer that its stream was read when half of the window is used, and at once while it is new', () => {
    let updates = 0;
    const stream = {
      state: 2,
      recvWindow: 1000,
      recvWindowCapacity: 999,
      sendWindowUpdate: () => {
        updates++;
      },
    };
    const muxer = { onRemoteStream: () => {} };
    thriftyWindows(muxer as unknown as Parameters<typeof thriftyWindows>[0]);
    (muxer.onRemoteStream as (opened: unknown) => void)(stream);
    stream.sendWindowUpdate();
    assert.equal(updates, 1);
    stream.state = 3;
    stream.sendWindowUpdate();
    stream.recvWindowCapacity = 501;
    stream.sendWindowUpdate();
    assert.equal(updates, 1);
    stream.recvWindowCapacity = 500;
    stream.sendWindowUpdate();
    assert.equal(updates, 2);
  });
});

/** Writes of all sockets of this process during some work. */
async function countWrites(work: () => Promise<void>): Promise<number> {
  const { _write, _writev } = Socket.prototype;
  assert(_writev !== undefined);
  let writes = 0;
  Socket.prototype._write = function (...parameters) {
    writes++;
    return _write.apply(this, parameters);
  };
  Socket.prototype._writev = function (...parameters) {
    writes++;
    return _writev.apply(this, parameters);
  };
  try {
    await work();
    return writes;
  } finally {
    Object.assign(Socket.prototype, { _write, _writev });
  }
}
