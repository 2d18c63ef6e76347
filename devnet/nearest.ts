/** What somebody may have meant who mistyped a name. */

/** The first of those with the fewest mistakes, at most one in three letters; null if none is so near. */
export function nearest(word: string, names: Iterable<string>): string | null {
  const most = Math.max(1, Math.floor(word.length / 3));
  const counted = [...names]
    .map(name => ({ name, mistakes: mistakesBetween(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ mistakes }) => mistakes <= most)
    .sort((a, b) => a.mistakes - b.mistakes);
  return counted[0]?.name ?? null;
}

/** Letters that are missing, too many, other ones or exchanged with their neighbour (Damerau, optimal string alignment). */
function mistakesBetween(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line[column] = Math.min(
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = above;
    above = line;
  }
  return above[b.length] ?? 0;
}
