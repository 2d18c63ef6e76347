/** A tree of depth 3: the money of the root reaches the leaves: npx tsx examples/tree/run.ts */
import type { ModuleServer } from '../../module/index.ts';
import { draw, onStage, say, tokens } from '../support/stage.ts';
import { LINKS, MODULES, paper } from './modules.ts';

const CALLS = 10;

await onStage('tree', async stage => {
  const servers: ModuleServer[] = [];
  for (const module of MODULES) servers.push(await stage.serve(module.alias ?? '', module));
  for (const [parent, child, percent] of LINKS) await stage.link(parent, child, 'replica', percent);
  const alice = await stage.customer('paper');
  await stage.nextEpoch();
  await paper.refresh();
  say(draw(await stage.client.getLinkTree({ module: 'paper' })));

  let cost = 0n;
  const lines = new Set<string>();
  for (let call = 0; call < CALLS; call++) {
    const answer = await alice.call('paper', 'line');
    lines.add((answer.result as { readonly line: string }).line);
    cost += answer.cost;
  }
  for (const line of [...lines].sort()) say(`  ${line}`);
  say(`alice paid the paper ${tokens(cost)} for ${CALLS} calls; settled, level by level:`);
  const paid = await stage.settle(...servers);
  const sum = [...paid.values()].reduce((all, amount) => all + amount, 0n);
  say(`together ${tokens(sum)}: not a unit is lost`);
});
