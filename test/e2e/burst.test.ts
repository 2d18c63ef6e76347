import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { fastSigner } from '../support/fastSigner.ts';
import { post } from '../support/post.ts';
import { signedTransfer } from '../support/transfer.ts';
import { eventually, freshDirectory, type Running, removeDirectory, up } from './support.ts';

const SENDERS = 100;
const EACH = 100;
const CONNECTIONS = 32;

describe('a burst of 10,000 transactions over 32 connections', function () {
  this.timeout(180_000);
  let devnet: Running;
  before(async () => {
    devnet = await up(freshDirectory());
  });
  after(async () => {
    await devnet.end('SIGTERM');
    removeDirectory(devnet.directory);
  });

  it('every accepted transaction becomes final, in order, and no unit is lost', async () => {
    const senders = Array.from({ length: SENDERS }, (_, i) => fastSigner(`burst sender ${i}`));
    const receiver = fastSigner('burst receiver');
    await Promise.all(senders.map(({ address }) => devnet.client.mint({ address, amount: 1_000_000_000n })));
    const queues = Array.from({ length: CONNECTIONS }, (): string[] => []);
    for (let nonce = 0; nonce < EACH; nonce++)
      for (const [i, sender] of senders.entries())
        queues[i % CONNECTIONS]?.push(signedTransfer(devnet.chainId, sender, nonce, receiver));

    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const hashes = (
      await Promise.all(
        queues.map(async queue => {
          const accepted: string[] = [];
          for (const tx of queue) {
            const reply = await post(
              devnet.rpc,
              { jsonrpc: '2.0', id: 1, method: 'tx_submit', params: { tx } },
              agent,
            );
            const { result, error } = reply as { result?: { hash: string }; error?: object };
            assert.ok(result, JSON.stringify(error));
            accepted.push(result.hash);
          }
          return accepted;
        }),
      )
    ).flat();
    agent.destroy();
    assert.equal(hashes.length, SENDERS * EACH);

    for (const { address } of senders)
      await eventually(
        async () => ((await devnet.client.getAccount({ address })).nonce === EACH ? true : undefined),
        60_000,
      );
    const { free } = await devnet.client.getAccount({ address: receiver.address });
    assert.equal(free, BigInt(SENDERS * EACH));
    for (const hash of hashes.filter((_, i) => i % 97 === 0)) {
      const { status } = await devnet.client.getTransaction({ hash: hash as `0x${string}` });
      assert.equal(status, 'final');
    }
  });
});
