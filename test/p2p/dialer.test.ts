import assert from 'node:assert/strict';
import { Dialer } from '../../p2p/core/dialer.ts';
import { type VirtualTime, virtualTime } from '../../p2p/environment.ts';
import type { Transport } from '../../p2p/transport.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

describe('a dialer that expects somebody', () => {
  let time: VirtualTime;
  let linked: Set<string>;
  let dialled: { readonly address: string; readonly at: number }[];
  let dialer: Dialer;

  beforeEach(() => {
    [time, linked, dialled] = [virtualTime(1), new Set(), []];
    const transport: Pick<Transport, 'id' | 'peerOf' | 'dial'> = {
      id: 'own',
      peerOf: address => (address.startsWith('/named/') ? address.slice(7) : null),
      async dial(address) {
        dialled.push({ address, at: time.now() });
        const peer = address.split('/')[2] ?? '';
        linked.add(peer);
        return peer;
      },
    };
    dialer = new Dialer({
      transport: transport as Transport,
      environment: time,
      log: quiet,
      isLinked: peer => linked.has(peer),
    });
  });
  afterEach(() => dialer.stop());

  for (const order of ['before', 'after'] as const)
    it(`dials it after a while if it has not come; told ${order} the start`, async () => {
      if (order === 'after') dialer.start();
      dialer.want('/named/late', 2_000);
      dialer.want('/named/now');
      if (order === 'before') dialer.start();
      await time.run(1_999);
      assert.deepEqual(dialled, [{ address: '/named/now', at: 0 }]);
      await time.run(1);
      assert.deepEqual(dialled.slice(1), [{ address: '/named/late', at: 2_000 }]);
    });

  it('does not dial it when it has come by itself, until it is lost', async () => {
    dialer.start();
    dialer.want('/named/late', 2_000);
    await time.run(1_000);
    linked.add('late');
    await time.run(60_000);
    assert.deepEqual(dialled, []);
    linked.delete('late');
    dialer.onUnlinked('late');
    await time.run(75);
    assert.equal(dialled.length, 1);
  });

  it('dials it also when it came and went meanwhile', async () => {
    dialer.start();
    dialer.want('/named/late', 2_000);
    linked.add('late');
    await time.run(1_000);
    linked.delete('late');
    dialer.onUnlinked('late');
    await time.run(1_000);
    assert.equal(dialled.length, 1);
  });

  it('does not know whether it has come where the address does not name it', async () => {
    dialer.start();
    dialer.want('/unnamed/late', 2_000);
    linked.add('late');
    await time.run(2_000);
    assert.equal(dialled.length, 1);
  });

  it('dials nobody once it is stopped', async () => {
    dialer.start();
    dialer.want('/named/late', 2_000);
    dialer.stop();
    await time.run(60_000);
    assert.deepEqual(dialled, []);
  });
});
