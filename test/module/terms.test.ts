import assert from 'node:assert/strict';
import { followTerms } from '../../module/server/terms.ts';
import { fakeChain } from './support/fakeChain.ts';
import { SERVER } from './support/setup.ts';

/** A chain that answers questions about modules only when it is let. */
function slowChain() {
  const fake = fakeChain();
  fake.setModule({ alias: 'echo', address: SERVER.address, url: '', prices: { echo: 100n } });
  let held: (() => void)[] | null = null;
  const chain: typeof fake.chain = {
    ...fake.chain,
    async getModule(query) {
      // As a node does: the answer is that of the moment of the question, and comes later.
      const answer = await fake.chain.getModule(query);
      const waiting = held;
      if (waiting !== null) await new Promise<void>(resolve => waiting.push(resolve));
      return answer;
    },
  };
  return {
    fake,
    chain,
    hold() {
      held = [];
    },
    release() {
      const waiting = held ?? [];
      held = null;
      for (const resolve of waiting) resolve();
    },
  };
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('terms of a module server', () => {
  it('prices of an epoch are known when it is ready, not before, though nobody has told of it', async () => {
    const { fake, chain, hold, release } = slowChain();
    const terms = await followTerms(chain, SERVER.address);
    fake.changePrices(SERVER.address, { echo: 300n });
    fake.setEpoch(6);
    hold();
    let ready = false;
    const waiting = terms.ready(6, 6).then(() => {
      ready = true;
    });
    await settled();
    assert.equal(ready, false);
    release();
    await waiting;
    assert.deepEqual([terms.price('echo', 5), terms.price('echo', 6)], [100n, 300n]);
  });

  it('a look that began before the epoch does not count for it', async () => {
    const { fake, chain, hold, release } = slowChain();
    const terms = await followTerms(chain, SERVER.address);
    hold();
    const early = terms.refresh();
    await settled();
    fake.changePrices(SERVER.address, { echo: 300n });
    fake.setEpoch(6);
    const waiting = terms.ready(6, 6);
    release();
    await Promise.all([early, waiting]);
    assert.deepEqual([terms.price('echo', 5), terms.price('echo', 6)], [100n, 300n]);
  });

  it('asks no more once it knows, and gives up on a node that stays behind', async () => {
    const { fake, chain } = slowChain();
    const terms = await followTerms(chain, SERVER.address);
    await terms.ready(5, 5);
    await assert.rejects(terms.ready(6, 6), /in epoch 5, not yet in 6/);
    fake.setEpoch(6);
    await terms.ready(6, 6);
  });
});
