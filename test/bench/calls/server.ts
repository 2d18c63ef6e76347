/** A module server in a process of its own: `server.ts <directory>`. Answers how much memory it uses. */

import { keyPairFromUri } from '../../../chain/index.ts';
import type * as ModuleSdk from '../../../module/index.ts';
import { fakeChain } from '../../module/support/fakeChain.ts';
import { signerSeed } from '../../support/fastSigner.ts';
import { ECHO, PRICE, processorTime } from './shared.ts';

// The bundle, as users run it: the loader of the sources wraps each function that is made.
const { serveModule } = (await import(
  new URL('../../../dist/module.js', import.meta.url).href
)) as typeof ModuleSdk;
const key = keyPairFromUri(signerSeed('bench server'), 'ed25519');
const fake = fakeChain();
fake.setModule({ alias: 'echo', address: key.address, url: '', prices: { echo: PRICE, wait: PRICE } });
const gate: { open(): void; opened: Promise<void> } = { open: () => undefined, opened: Promise.resolve() };

const server = await serveModule({
  key,
  // Everybody has reserved enough, so that callers need not be known beforehand.
  client: {
    ...fake.chain,
    getEscrow: async ({ client, server }) => ({
      client,
      server,
      consensus: 0,
      amount: 10n ** 15n,
      thawing: 0n,
      thawEpoch: 0,
    }),
  },
  dir: process.argv[2] ?? '',
  functions: {
    echo: { price: PRICE, run: () => ECHO },
    wait: { price: PRICE, run: () => gate.opened.then(() => ECHO) },
  },
});

process.on('message', async ({ kind, callers }: { kind: string; callers: number }) => {
  if (kind === 'processor') return process.send?.(processorTime());
  if (kind === 'memory') {
    gate.opened = new Promise(resolve => {
      gate.open = resolve;
    });
    return process.send?.(process.memoryUsage().rss);
  }
  while (server.status().running + server.status().waiting < callers)
    await new Promise(resolve => setTimeout(resolve, 20));
  process.send?.(process.memoryUsage().rss);
  gate.open();
});
process.on('disconnect', () => process.exit());
process.send?.({ url: server.url, address: key.address });
