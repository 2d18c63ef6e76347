/** Order of versions, as semver.org defines it; build metadata is refused, because two builds would be one version. */

const NUMBER = '(?:0|[1-9][0-9]{0,8})';
const IDENTIFIER = '(?:0|[1-9][0-9]{0,8}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)';
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?$`);

export const isVersion = (text: string): boolean => VERSION.test(text);

/** Whether `a` comes after `b`; both are versions. */
export const isHigher = (a: string, b: string): boolean => compare(a, b) > 0;

function compare(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  const release = compareLists(left.release, right.release);
  if (release !== 0) return release;
  // What comes before a release is lower than the release.
  if (left.before.length === 0 || right.before.length === 0) return right.before.length - left.before.length;
  return compareLists(left.before, right.before);
}

function partsOf(version: string): {
  readonly release: readonly string[];
  readonly before: readonly string[];
} {
  const dash = version.indexOf('-');
  if (dash < 0) return { release: version.split('.'), before: [] };
  return { release: version.slice(0, dash).split('.'), before: version.slice(dash + 1).split('.') };
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const order = comparePart(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers by value and below words; words by their characters, which are ASCII. */
function comparePart(a: string, b: string): number {
  const [isNumberA, isNumberB] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (isNumberA && isNumberB) return Number(a) - Number(b);
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
