/** Every mutant must break a promise: the table that says after how many schedules each did. */
import { readFileSync, writeFileSync } from 'node:fs';
import { MUTANTS } from './mutants.ts';
import { runSchedules, type Totals } from './run.ts';

const DOCUMENT = new URL('../../../docs/simulator.md', import.meta.url);
const [BEGIN, END] = ['<!-- mutants: begin -->', '<!-- mutants: end -->'];

export interface Killing extends Pick<Totals, 'schedules' | 'failure'> {
  readonly name: string;
}

export interface Hunt {
  readonly seed: number;
  /** Most for each. */
  readonly schedules: number;
  readonly nodes: number | undefined;
  readonly kernel: boolean | undefined;
}

export function killMutants(
  { seed, schedules, nodes, kernel }: Hunt,
  tell: (line: string) => void,
): Killing[] {
  return MUTANTS.map(mutant => {
    const { failure, schedules: tried } = runSchedules(schedules, { seed, nodes, kernel, mutant });
    const end = failure === null ? 'SURVIVED' : failure.error.message;
    tell(`${mutant.name.padEnd(24)} ${String(tried).padStart(7)} schedules  ${end.slice(0, 100)}`);
    return { name: mutant.name, schedules: tried, failure };
  });
}

export function markdownTable(killings: readonly Killing[]): string {
  const rows = killings.map(({ name, schedules, failure }) =>
    failure === null
      ? [name, 'survived', '', '']
      : [name, String(schedules), String(failure.seed), failure.what],
  );
  const all = [['mutant', 'schedules', 'seed', 'what gave it away'], ...rows];
  const widths = [0, 1, 2, 3].map(column => Math.max(...all.map(row => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/** Puts the table into the document, between its two marks. */
export function writeTable(table: string): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new RangeError('docs/simulator.md has no place for the table');
  writeFileSync(DOCUMENT, `${text.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${text.slice(end)}`);
}
