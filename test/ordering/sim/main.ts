/** `npm run sim -- [--seed N] [--schedules M] [--nodes K] [--mutant NAME | --mutants]` */
import { parseArgs } from 'node:util';
import { MUTANTS, SOUND } from './mutants.ts';
import { type Result, runSchedules } from './run.ts';

function describe(result: Result, nodes: number): string {
  const { schedules, seconds, events, evidence, failure } = result;
  if (failure !== null) {
    const reason = failure.error instanceof Error ? failure.error.message : String(failure.error);
    return `broken at seed ${failure.seed} after ${schedules} schedules: ${reason}\n  again: npm run sim -- --seed ${failure.seed} --schedules 1 --nodes ${nodes}`;
  }
  const perMinute = Math.round((schedules / seconds) * 60);
  return `${schedules} schedules held in ${seconds.toFixed(1)} s: ${perMinute} a minute, ${events} events, ${evidence} with evidence`;
}

/** Every mutant must break a promise; true if all did. */
function killMutants(seed: number, schedules: number, nodes: number): boolean {
  let survivors = 0;
  for (const mutant of MUTANTS) {
    const { failure, schedules: tried, seconds } = runSchedules(seed, schedules, nodes, mutant);
    if (failure === null) survivors++;
    const reason = failure?.error instanceof Error ? failure.error.message.slice(0, 60) : 'SURVIVED';
    console.log(
      `${mutant.name.padEnd(24)} ${String(tried).padStart(7)} schedules ${seconds.toFixed(1).padStart(6)} s  ${reason}`,
    );
  }
  return survivors === 0;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      schedules: { type: 'string', default: '10000' },
      nodes: { type: 'string', default: '4' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
    },
  });
  const [seed, schedules, nodes] = [Number(values.seed), Number(values.schedules), Number(values.nodes)];
  if (values.mutants) {
    process.exitCode = killMutants(seed, schedules, nodes) ? 0 : 1;
    return;
  }
  const mutant = MUTANTS.find(({ name }) => name === values.mutant) ?? SOUND;
  const result = runSchedules(seed, schedules, nodes, mutant);
  console.log(describe(result, nodes));
  process.exitCode = result.failure === null ? 0 : 1;
}

main();
