import assert from 'node:assert/strict';
import type { Check } from '../../consensus/interface/index.ts';
import { createVerifyQueue } from '../../node/ordering/verifyQueue.ts';

const check: Check = { account: '0x00', signature: new Uint8Array(), message: new Uint8Array() };
const turn = () => new Promise(resolve => setImmediate(resolve));

/** Answers by hand: each call waits until it is told. */
function slowVerifier() {
  const calls: { readonly checks: number; answer(good: boolean): void }[] = [];
  return {
    calls,
    verify: (checks: readonly unknown[]) =>
      new Promise<boolean[]>(resolve => {
        calls.push({ checks: checks.length, answer: good => resolve(checks.map(() => good)) });
      }),
  };
}

describe('the queue for signatures of peers', () => {
  const fail = (error: unknown) => assert.fail(String(error));

  it('lets no peer wait for the signatures of another', async () => {
    const verifier = slowVerifier();
    const queue = createVerifyQueue(verifier, fail);
    const done: string[] = [];
    for (let n = 0; n < 200; n++)
      queue.submit({ peer: 'spammer', bytes: 1, checks: [check], done: () => done.push('spammer') });
    queue.submit({ peer: 'honest', bytes: 1, checks: [check], done: good => done.push(`honest ${good}`) });
    assert.deepEqual(
      verifier.calls.map(({ checks }) => checks),
      [1, 1],
    );
    verifier.calls[1]?.answer(true);
    await turn();
    assert.deepEqual(done, ['honest true']);
  });

  it('verifies a bounded batch, and nothing more of a peer after its first wrong signature', async () => {
    const verifier = slowVerifier();
    const queue = createVerifyQueue(verifier, fail);
    const answers: boolean[] = [];
    for (let n = 0; n < 200; n++)
      queue.submit({ peer: 'spammer', bytes: 1, checks: [check], done: good => answers.push(good) });
    verifier.calls[0]?.answer(true);
    await turn();
    assert.equal(verifier.calls[1]?.checks, 32);
    verifier.calls[1]?.answer(false);
    await turn();
    assert.equal(verifier.calls.length, 2);
    assert.equal(answers.length, 33);
    assert.equal(queue.submit({ peer: 'spammer', bytes: 1, checks: [check], done: () => undefined }), true);
  });

  it('takes a bounded number of messages and bytes of a peer', () => {
    const queue = createVerifyQueue(slowVerifier(), fail);
    const submit = (peer: string, bytes: number) =>
      queue.submit({ peer, bytes, checks: [check], done: () => undefined });
    const taken = Array.from({ length: 300 }, () => submit('many', 1)).filter(Boolean);
    assert.equal(taken.length, 256);
    assert.equal(submit('large', 5_000_000), true);
    assert.equal(submit('large', 5_000_000), false);
    assert.equal(submit('other', 5_000_000), true);
  });
});
