/** One figure of a bench: what was measured, and what we aim at. Absolute times vary between machines; ratios less so. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly aim: string;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Milliseconds of some work, and what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
export const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;

export function print(title: string, figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const values = Math.max(...figures.map(({ value }) => value.length));
  process.stdout.write(`\n${title}\n`);
  for (const { name, value, aim } of figures)
    process.stdout.write(
      `  ${name.padEnd(width)}  ${value.padStart(values)}  ${aim === '' ? '' : `(aim: ${aim})`}\n`,
    );
}
