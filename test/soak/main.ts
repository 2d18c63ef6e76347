/** `npm run soak:kill`: kills nodes for as long as it takes, from a seed. */
import { parseArgs } from 'node:util';
import { VALIDATORS } from './cluster.ts';
import { planOf } from './plan.ts';
import { MODULES, soak } from './run.ts';

const USAGE = 'npm run soak:kill -- [--kills N] [--seed N] [--minutes N] [--epoch-length BLOCKS]';

function options() {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '1440' },
      'epoch-length': { type: 'string', default: '400' },
    },
  });
  const whole = (text: string): number => {
    if (!/^\d{1,9}$/.test(text)) throw new TypeError(`${text} is not a whole number`);
    return Number(text);
  };
  return {
    kills: whole(values.kills),
    seed: whole(values.seed),
    minutes: whole(values.minutes),
    epochLength: whole(values['epoch-length']),
  };
}

/** The exit code: 0 if everything held, 1 if not, 2 for a call that makes no sense. */
async function main(): Promise<number> {
  let chosen: ReturnType<typeof options>;
  try {
    chosen = options();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const plan = planOf(chosen.seed, chosen.kills, VALIDATORS, MODULES);
  console.log(`seed ${plan.seed}: ${plan.acts.length} acts`);
  try {
    const figures = await soak({
      plan,
      epochLength: chosen.epochLength,
      limitMs: chosen.minutes * 60_000,
      onAct: (done, { victims, moment, again, module }, { ledger, witness }) =>
        console.log(
          `${done}/${plan.acts.length} killed ${victims.join(',')} at ${moment.kind}${again === null ? '' : `, ${again.kind}`}${module === null ? '' : `, module ${module}`}: ${ledger.size} blocks, ${witness.signatures.size} heights in memory`,
        ),
    });
    console.log(JSON.stringify(figures, null, 2));
    return 0;
  } catch (error) {
    console.error(error);
    return 1;
  }
}

process.exitCode = await main();
