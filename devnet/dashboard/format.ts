/** How figures and names are written on the page. */

/** `0x1234567890…cdef12`: both ends, so that two that differ look different. */
export const shortened = (text: string, start = 10, end = 6): string =>
  text.length <= start + end + 1 ? text : `${text.slice(0, start)}…${text.slice(-end)}`;

/** Whole numbers with a thin space every three digits. */
export const grouped = (whole: number | bigint | string): string =>
  String(whole).replace(/\B(?=(\d{3})+$)/g, '\u202f');

const DECIMALS = 9;

/** Base units as tokens, e.g. `1 234.5`. Exact: digits are moved, nothing is computed. */
export function tokens(baseUnits: bigint | string): string {
  const text = String(baseUnits);
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.slice(sign.length).padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  const whole = grouped(digits.slice(0, -DECIMALS));
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Most that an account can have, in base units. */
const MOST_UNITS = 2n ** 64n - 1n;

/** Tokens as people write them, in base units; null for what is no amount. */
export function baseUnits(text: string): bigint | null {
  const [, whole = '', fraction = ''] = /^(\d{1,20})(?:\.(\d{1,9}))?$/.exec(text.trim()) ?? [];
  if (whole === '') return null;
  const units = BigInt(whole) * 10n ** BigInt(DECIMALS) + BigInt(fraction.padEnd(DECIMALS, '0'));
  return units <= MOST_UNITS ? units : null;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time by its largest unit, e.g. `3 s`; of milliseconds only below one second. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${ms < 10 * SECOND ? (ms / SECOND).toFixed(1) : Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / DAY)} d`;
}

/** A time of the chain, in UTC: everybody who looks at a block sees the same. */
export const instant = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', ' UTC');

/** `updateModule` and `EpochStarted` as words. */
export const words = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;
