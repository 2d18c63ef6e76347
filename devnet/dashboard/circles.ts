/** Where nodes are drawn: each group on a circle of its own, the groups around the middle. */
import type { Group } from './grouping.ts';

/** Radius of a node, in units of the drawing. */
export const DOT = 26;
const BETWEEN = 40;
/** Of the circle of all nodes, where there is but one group. */
const WIDE = 105;
const MARGIN = 10;

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Circle extends Point {
  readonly group: Group;
  readonly radius: number;
}
export interface Drawn {
  readonly circles: readonly Circle[];
  readonly at: ReadonlyMap<number, Point>;
  /** Of all of it: `x y width height`. */
  readonly box: readonly [number, number, number, number];
}

export function layGroups(groups: readonly Group[]): Drawn {
  const radii = groups.map(({ length }) => ringOf(length, groups.length) + DOT + MARGIN);
  const around = radii.reduce((sum, radius) => sum + 2 * radius + BETWEEN, 0);
  // A chord is at least 2/pi of its arc, so that with a quarter of the sum as radius no two circles meet.
  const middle = groups.length === 1 ? 0 : around / 4;
  let passed = 0;
  const circles = groups.map((group, index): Circle => {
    const radius = radii[index] ?? 0;
    const half = radius + BETWEEN / 2;
    const angle =
      Math.PI + (2 * Math.PI * (passed + half)) / around - (2 * Math.PI * halfOf(radii[0])) / around;
    passed += 2 * half;
    return { group, radius, x: middle * Math.cos(angle), y: middle * Math.sin(angle) };
  });
  const at = new Map(circles.flatMap(circle => placesIn(circle, groups.length)));
  return { circles, at, box: boxOf(circles) };
}

const halfOf = (radius = 0): number => radius + BETWEEN / 2;

/** Radius of the ring on which so many nodes stand apart. */
function ringOf(nodes: number, groups: number): number {
  if (nodes < 2) return 0;
  const needed = (DOT + BETWEEN / 2) / Math.sin(Math.PI / nodes);
  return groups === 1 ? Math.max(WIDE, needed) : needed;
}

function placesIn({ group, x, y }: Circle, groups: number): readonly (readonly [number, Point])[] {
  const ring = ringOf(group.length, groups);
  return group.map((node, order) => {
    const angle = (2 * Math.PI * order) / group.length - Math.PI / 2;
    return [node, { x: x + ring * Math.cos(angle), y: y + ring * Math.sin(angle) }] as const;
  });
}

function boxOf(circles: readonly Circle[]): Drawn['box'] {
  const left = Math.min(...circles.map(({ x, radius }) => x - radius)) - MARGIN;
  const top = Math.min(...circles.map(({ y, radius }) => y - radius)) - MARGIN;
  const right = Math.max(...circles.map(({ x, radius }) => x + radius)) + MARGIN;
  const bottom = Math.max(...circles.map(({ y, radius }) => y + radius)) + MARGIN;
  return [left, top, right - left, bottom - top];
}

export const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
