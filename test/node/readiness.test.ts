import assert from 'node:assert/strict';
import { readiness } from '../../node/peers.ts';

/** The two facts that readiness depends on, and who listens for their changes. */
function createFacts() {
  const listeners = { commit: new Set<() => void>(), peer: new Set<() => void>() };
  let [height, peers] = [0, 0];
  const listen = (set: Set<() => void>) => (listener: () => void) => {
    set.add(listener);
    return () => set.delete(listener);
  };
  const tell = (set: Set<() => void>): void => {
    for (const listener of set) listener();
  };
  type Given = Parameters<typeof readiness>;
  return {
    application: { tip: () => ({ height }), onCommit: listen(listeners.commit) } as unknown as Given[0],
    network: {
      peers: () => Array.from({ length: peers }),
      onPeer: listen(listeners.peer),
    } as unknown as Given[1],
    listening: () => listeners.commit.size + listeners.peer.size,
    commit() {
      height++;
      tell(listeners.commit);
    },
    connect(count: number) {
      peers = count;
      tell(listeners.peer);
    },
  };
}

describe('the readiness of a node', () => {
  const settle = () => new Promise<void>(resolve => setImmediate(resolve));

  async function watched(wanted: number) {
    const facts = createFacts();
    const ready = readiness(facts.application, facts.network, wanted);
    let reached = false;
    void ready.reached.then(() => {
      reached = true;
    });
    await settle();
    const told = async (): Promise<boolean> => {
      await settle();
      assert.equal(ready.is(), reached);
      return reached;
    };
    return { facts, told };
  }

  it('comes with the last peer where a block is final', async () => {
    const { facts, told } = await watched(2);
    facts.commit();
    facts.connect(1);
    assert.equal(await told(), false);
    facts.connect(2);
    assert.equal(await told(), true);
  });

  it('comes with the first block where all peers are connected, and stays', async () => {
    const { facts, told } = await watched(2);
    facts.connect(3);
    assert.equal(await told(), false);
    facts.commit();
    assert.equal(await told(), true);
    facts.connect(0);
    assert.equal(await told(), true);
    assert.equal(facts.listening(), 0);
  });

  it('is there from the start where a chain goes on alone', async () => {
    const facts = createFacts();
    facts.commit();
    const ready = readiness(facts.application, facts.network, 0);
    assert.equal(ready.is(), true);
    await ready.reached;
  });
});
