/** The command line of the simulator. */
import { parseArgs } from 'node:util';
import { MUTANTS, type Mutant, SOUND } from './mutants.ts';

export const USAGE = `npm run sim -- [--schedules M] [--seed N] [--nodes K] [--blocks kernel|paper] [--mutant NAME]
  without --seed      M schedules (10000) from seed 1 on
  --seed N            tells the story of one schedule; with --schedules, M schedules from there on
  --shrink            makes the failing schedule N small, then tells its story
  --slice M           says after every M schedules how far it is
  --mutants           the table of all mutants, each killed; --write puts it into docs/simulator.md`;

export interface Options {
  readonly mode: 'run' | 'story' | 'shrink' | 'mutants';
  readonly seed: number;
  readonly schedules: number;
  readonly slice: number;
  readonly nodes: number | undefined;
  /** Blocks of the real state machine always or never; undefined: a share of the seeds. */
  readonly kernel: boolean | undefined;
  readonly mutant: Mutant;
  readonly write: boolean;
}

/** Throws TypeError for what makes no sense. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      schedules: { type: 'string' },
      slice: { type: 'string' },
      nodes: { type: 'string' },
      blocks: { type: 'string' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      shrink: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const { seed, schedules, slice, nodes, blocks, shrink, mutants, write } = values;
  if (shrink && seed === undefined) throw new TypeError('--shrink needs the --seed of a schedule that fails');
  const count = whole(schedules ?? (mutants ? '200000' : '10000'));
  return {
    mode: mutants ? 'mutants' : shrink ? 'shrink' : seed !== undefined && !schedules ? 'story' : 'run',
    seed: whole(seed ?? '1'),
    schedules: count,
    slice: slice === undefined ? count : whole(slice),
    nodes: nodes === undefined ? undefined : whole(nodes),
    kernel: blocks === undefined ? undefined : kindOf(blocks),
    mutant: values.mutant === undefined ? SOUND : mutantNamed(values.mutant),
    write,
  };
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new TypeError(`${text} is not a whole number above 0`);
  return Number(text);
}

function kindOf(blocks: string): boolean {
  if (blocks === 'kernel' || blocks === 'paper') return blocks === 'kernel';
  throw new TypeError(`--blocks is kernel or paper, not ${blocks}`);
}

function mutantNamed(name: string): Mutant {
  const mutant = MUTANTS.find(other => other.name === name);
  if (mutant !== undefined) return mutant;
  throw new TypeError(`no mutant ${name}; there are ${MUTANTS.map(other => other.name).join(', ')}`);
}
