/** The ordering core against a hostile network, from a seed. */
import { replayedChoices } from './choices.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { failureOf, runSchedules, type Totals } from './run.ts';
import { shrink } from './shrink.ts';
import { killMutants, markdownTable, writeTable } from './table.ts';
import { type Scenario, simulate } from './world.ts';

function scenarioOf({ seed, nodes, kernel, mutant }: Options): Scenario {
  return { seed, nodes, kernel, mutant };
}

/** The same schedule again, whatever else was asked for. */
function command({ nodes, kernel, mutant }: Options, seed: number): string {
  const parts = [`npm run sim -- --seed ${seed}`];
  if (nodes !== undefined) parts.push(`--nodes ${nodes}`);
  if (kernel !== undefined) parts.push(`--blocks ${kernel ? 'kernel' : 'paper'}`);
  if (mutant.name !== 'none') parts.push(`--mutant ${mutant.name}`);
  return parts.join(' ');
}

function describe({ schedules, seconds, events, heights, withEvidence, forks, refusals }: Totals): string {
  const perMinute = Math.round((schedules / seconds) * 60);
  const reasons = [...refusals].map(([reason, count]) => `${reason} ${count}`).join(', ');
  return (
    `${schedules} schedules held in ${seconds.toFixed(1)} s: ${perMinute} a minute; ${events} events, ` +
    `${heights} heights, ${withEvidence} with evidence, ${forks} forks accounted for\n  refused blocks: ${reasons}`
  );
}

function run(options: Options): boolean {
  const { seed, schedules, slice } = options;
  for (let done = 0; done < schedules; done += slice) {
    const count = Math.min(slice, schedules - done);
    const totals = runSchedules(count, { ...scenarioOf(options), seed: seed + done });
    const { failure } = totals;
    if (failure !== null) {
      console.log(`broken after ${done + totals.schedules} schedules: ${failure.error.message}`);
      console.log(`again: ${command(options, failure.seed)}`);
      makeSmall({ ...options, seed: failure.seed });
      return false;
    }
    const range = slice < schedules ? `seeds ${seed + done} to ${seed + done + count - 1}: ` : '';
    console.log(range + describe(totals));
  }
  return true;
}

function story(options: Options): boolean {
  try {
    simulate({ ...scenarioOf(options), tell: line => console.log(line) });
    console.log('held');
    return true;
  } catch (error) {
    console.log(`broken: ${failureOf(options.seed, error).error.message}`);
    return false;
  }
}

/** The smallest schedule found that breaks the same promise, and its story. False: it breaks one. */
function makeSmall(options: Options): boolean {
  const scenario = scenarioOf(options);
  const small = shrink(scenario);
  if (small === null) {
    console.log(`seed ${options.seed} holds: there is nothing to shrink`);
    return true;
  }
  const { draws, before, after, tries, failure } = small;
  console.log(`shrunk from ${before} draws to ${after} in ${tries} tries; the whole story:`);
  try {
    simulate({ ...scenario, choices: replayedChoices(draws), tell: line => console.log(line) });
  } catch {
    console.log(`broken: ${failure.error.message}`);
  }
  console.log(`again: ${command(options, options.seed)} --shrink`);
  return false;
}

function mutants(options: Options): boolean {
  const killings = killMutants(options, line => console.log(line));
  if (options.write) writeTable(markdownTable(killings));
  return killings.every(({ failure }) => failure !== null);
}

/** The exit code: 0 if all promises held (or all mutants died), 1 if not, 2 for a call that makes no sense. */
function main(): number {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const held = { run, story, shrink: makeSmall, mutants }[options.mode](options);
  return held ? 0 : 1;
}

process.exitCode = main();
