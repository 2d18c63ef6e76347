/** Two writers compete, and the better one gets the traffic and the money: npx tsx examples/subnet/run.ts */
import { onStage, say } from '../support/stage.ts';
import { lab, labModule, writer } from './modules.ts';

const WRITERS = {
  'writer-dull': ['very', 'nice'],
  'writer-rich': ['a', 'lamp', 'burns', 'late', 'over', 'the', 'quiet', 'cold', 'river'],
};
const ROUND = 40;

await onStage('subnet', async stage => {
  for (const [name, vocabulary] of Object.entries(WRITERS)) await stage.serve(name, writer(name, vocabulary));
  const server = await stage.serve('lab', labModule);
  for (const name of Object.keys(WRITERS)) await stage.link('lab', name, 'subnet', 40);
  const alice = await stage.customer('lab');
  await stage.nextEpoch();
  await lab.refresh();

  for (let round = 1; round <= 3; round++) {
    const served = new Map<string, number>();
    for (let call = 0; call < ROUND; call++) {
      const { by } = (await alice.call('lab', 'write')).result as { readonly by: string };
      served.set(by, (served.get(by) ?? 0) + 1);
    }
    const traffic = Object.keys(WRITERS).map(name => `${name} ${served.get(name) ?? 0}`);
    say(`calls ${(round - 1) * ROUND + 1} to ${round * ROUND}: ${traffic.join(', ')}`);
  }
  for (const { alias, points, calls } of lab.scores())
    say(`  ${alias}: ${points} points after ${calls} calls`);
  say('settled by the shares that were agreed, 40 % for each:');
  await stage.settle(server);

  // Offered at the start of the epoch, accepted by the writers themselves; what grows waits for what shrinks.
  for (;;) {
    const { proposed, waiting } = await lab.proposeShares({ totalBps: 8_000, minBps: 500 });
    if (proposed.length === 0 && waiting.length === 0) break;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  await stage.nextEpoch();
  await lab.refresh();
  for (const { alias, shareBps } of lab.scores()) say(`  ${alias} gets ${shareBps / 100} % now`);
});
