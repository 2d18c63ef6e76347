/** The ordering core against a hostile network, from a seed. */
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

const USAGE = 'npm run sim -- [--seed N] [--schedules M] [--nodes K] [--mutant NAME | --mutants]';

function options() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      schedules: { type: 'string', default: '10000' },
      nodes: { type: 'string', default: '4' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
    },
  });
  const whole = (text: string): number => {
    if (!/^\d{1,15}$/.test(text)) throw new TypeError(`${text} is not a whole number`);
    return Number(text);
  };
  const mutant = MUTANTS.find(({ name }) => name === values.mutant);
  if (values.mutant !== undefined && mutant === undefined)
    throw new TypeError(
      `no mutant ${values.mutant}; there are ${MUTANTS.map(({ name }) => name).join(', ')}`,
    );
  return {
    seed: whole(values.seed),
    schedules: whole(values.schedules),
    nodes: whole(values.nodes),
    mutants: values.mutants,
    mutant: mutant ?? SOUND,
  };
}

/** The exit code: 0 if all promises held (or all mutants died), 1 if not, 2 for a call that makes no sense. */
function main(): number {
  let chosen: ReturnType<typeof options>;
  try {
    chosen = options();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const { seed, schedules, nodes, mutants, mutant } = chosen;
  if (mutants) return killMutants(seed, schedules, nodes) ? 0 : 1;
  const result = runSchedules(seed, schedules, nodes, mutant);
  console.log(describe(result, nodes));
  return result.failure === null ? 0 : 1;
}

process.exitCode = main();
