/** Which nodes are together, and what becomes of it when one of them is moved. */

export type Group = readonly number[];

/** `letters` has the group of each node: equal letters, one group. */
export function groupsOf(letters: readonly string[]): readonly Group[] {
  const groups = new Map<string, number[]>();
  for (const [node, letter] of letters.entries()) groups.set(letter, [...(groups.get(letter) ?? []), node]);
  return [...groups.values()];
}

/** Without a partition all nodes are one group. */
export const groupsNow = (faults: readonly Group[], nodes: Group): readonly Group[] =>
  faults.length === 0 ? [nodes] : faults;

/** Where a node is put: to one other node, into a group, or where nobody is (null). */
export type Place = { readonly node: number } | { readonly group: Group } | null;

/** Put to a node of its own group, the two part from the rest of it. One group of all nodes is no partition. */
export function moved(groups: readonly Group[], node: number, place: Place): readonly Group[] {
  const own = groups.find(group => group.includes(node)) ?? [];
  const rest = groups.map(group => group.filter(each => each !== node));
  const put = (target: Group, into: Group): readonly Group[] =>
    filled(rest.map(group => (isSame(group, target) ? into : group)));
  if (place === null) return filled([...rest, [node]]);
  if ('group' in place)
    return isSame(place.group, own) ? groups : put(place.group, ascending([...place.group, node]));
  const other = place.node;
  const target = rest.find(group => group.includes(other));
  if (target === undefined) return groups;
  if (!own.includes(other)) return put(target, ascending([...target, node]));
  const left = target.filter(each => each !== other);
  return filled([...put(target, left), ascending([node, other])]);
}

/** The next group in turn, after the last one the place where nobody is; for the keyboard. */
export function shifted(groups: readonly Group[], node: number, by: 1 | -1): readonly Group[] {
  const own = groups.findIndex(group => group.includes(node));
  const isAlone = groups[own]?.length === 1;
  const stops: readonly (Group | null)[] = [...(isAlone ? groups.filter((_, i) => i !== own) : groups), null];
  const at = isAlone ? stops.length - 1 : own;
  const next = stops[(at + by + stops.length) % stops.length] ?? null;
  return moved(groups, node, next === null ? null : { group: next });
}

const filled = (groups: readonly Group[]): readonly Group[] => groups.filter(({ length }) => length > 0);
const ascending = (group: Group): Group => [...group].sort((a, b) => a - b);
const isSame = (a: Group, b: Group): boolean => a.length === b.length && a.every((each, i) => each === b[i]);

export const sameGroups = (a: readonly Group[], b: readonly Group[]): boolean =>
  a.length === b.length && a.every(group => b.some(other => isSame(ascending(group), ascending(other))));
