/** A paid service from its first call to its settlement: npx tsx examples/text-service/run.ts */
import { onStage, say, tokens } from '../support/stage.ts';
import service from './module.ts';

const LONG =
  'A devnet settles once per epoch. Its receipts say what is owed. Nothing else has to be trusted.'.repeat(2);

await onStage('text-service', async stage => {
  const server = await stage.serve('text-service', service);
  const alice = await stage.customer('text-service');
  await stage.nextEpoch();

  const counted = await alice.call('text-service', 'count', { text: LONG });
  say(`count: ${JSON.stringify(counted.result)}, ${tokens(counted.cost)}`);
  let owed = counted.cost;
  for (const text of ['Short. And sweet.', LONG]) {
    const { result, cost } = await alice.call('text-service', 'summary', { text });
    owed += cost;
    say(`summary: ${JSON.stringify(result)}, ${tokens(cost)}`);
  }
  const refusal = await alice.call('text-service', 'summary', { text: '' }).catch((error: Error) => error);
  if (refusal instanceof Error) say(`refused for nothing: ${refusal.name}`);

  say('settled:');
  const paid = await stage.settle(server);
  say(`alice owed ${tokens(owed)}, the service got ${tokens(paid.get('text-service') ?? 0n)}`);
});
