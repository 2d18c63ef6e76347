import { usageError } from './errors.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `+10m`, `90s`, `2h`, `1d`, `500ms`. @throws CliError USAGE */
export function milliseconds(text: string): number {
  const [, count, unit] = /^\+?(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(count) * UNITS[unit as keyof typeof UNITS];
  if (!Number.isSafeInteger(ms) || ms === 0)
    throw usageError(`${text} is no duration: write for example +10m, 90s, 2h, 1d or 500ms`);
  return ms;
}
