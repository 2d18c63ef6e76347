import { freshDirectory, removeDirectory, up } from '../e2e/support.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { signedTransfer } from '../support/transfer.ts';
import { type Figure, median, milliseconds, quantile, timed } from './report.ts';

const SUBMISSIONS = 300;
const EMPTY_BLOCKS = 500;

/** One transaction at a time, from submission to final; then empty blocks as fast as four nodes agree on them. */
export async function latency(): Promise<Figure[]> {
  const directory = freshDirectory();
  const devnet = await up(directory);
  try {
    const sender = fastSigner('latency sender');
    const receiver = fastSigner('latency receiver');
    await devnet.client.mint({ address: sender.address, amount: 1_000_000_000n });
    const times: number[] = [];
    for (let nonce = 0; nonce < SUBMISSIONS; nonce++) {
      const tx = signedTransfer(devnet.chainId, sender, nonce, receiver);
      times.push((await timed(() => devnet.client.submitAndWait({ tx }))).ms);
    }
    const mined = await timed(() => devnet.client.mine({ blocks: EMPTY_BLOCKS }));
    return [
      { name: 'submit to final, median', value: milliseconds(median(times)), aim: '8 ms' },
      { name: 'submit to final, p99', value: milliseconds(quantile(times, 0.99)), aim: '40 ms' },
      { name: 'empty blocks a second', value: `${Math.round((EMPTY_BLOCKS * 1000) / mined.ms)}`, aim: '100' },
    ];
  } finally {
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  }
}
