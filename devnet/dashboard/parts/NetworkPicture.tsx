/** The nodes in their groups, with the links between them as they are now. Nodes can be moved, links chosen. */
import { useRef, useState } from 'preact/hooks';
import type { ClusterFaults } from '../../../node/client/wireCluster.ts';
import { isCut, latencyOf } from '../between.ts';
import { type Circle, DOT, type Drawn, distance, layGroups, type Point } from '../circles.ts';
import { groupsNow, moved, type Place, sameGroups, shifted } from '../grouping.ts';
import type { NodeView } from '../live.ts';
import { regroup } from '../network.ts';

export type Pair = readonly [number, number];

interface PictureProps {
  readonly nodes: readonly NodeView[];
  readonly faults: ClusterFaults;
  readonly node: number | null;
  readonly onNode: (node: number) => void;
  readonly pair: Pair | null;
  readonly onPair: (pair: Pair) => void;
}

/** A node on its way under a finger or a mouse. */
interface Moving extends Point {
  readonly node: number;
}

export function NetworkPicture({ nodes, faults, node, onNode, pair, onPair }: PictureProps) {
  const svg = useRef<SVGSVGElement>(null);
  const [moving, setMoving] = useState<Moving | null>(null);
  const all = nodes.map(({ status }) => status.index);
  const groups = groupsNow(faults.groups, all);
  const drawn = layGroups(groups);
  const over = moving === null ? null : placeAt(drawn, moving.node, moving);

  function change(next: readonly (readonly number[])[]): void {
    if (!sameGroups(next, groups)) void regroup(next, faults);
  }
  function drop(): void {
    if (moving !== null) change(moved(groups, moving.node, over));
    setMoving(null);
  }
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: its section has the name; a title would cover the picture
    <svg ref={svg} viewBox={drawn.box.join(' ')} class="network">
      {groups.length > 1 &&
        drawn.circles.map(circle => <Region key={circle.group.join()} circle={circle} over={over} />)}
      {pairsOf(all).map(each => (
        <Way
          key={each.join('-')}
          pair={each}
          drawn={drawn}
          faults={faults}
          isChosen={pair?.join() === each.join()}
          onPair={onPair}
        />
      ))}
      {nodes.map(view => (
        <Dot
          key={view.status.index}
          view={view}
          at={moving?.node === view.status.index ? moving : (drawn.at.get(view.status.index) ?? NOWHERE)}
          isMoving={moving?.node === view.status.index}
          isChosen={node === view.status.index}
          onMove={event => setMoving(positionOf(event, svg.current, view.status.index))}
          onDrop={drop}
          onCancel={() => setMoving(null)}
          onChoose={() => onNode(view.status.index)}
          onShift={by => change(shifted(groups, view.status.index, by))}
        />
      ))}
    </svg>
  );
}

const NOWHERE: Point = { x: 0, y: 0 };

const pairsOf = (all: readonly number[]): readonly Pair[] =>
  all.flatMap((a, order) => all.slice(order + 1).map(b => [a, b] as const));

/** What lies at a point: another node, a group, or nothing. */
function placeAt({ circles, at }: Drawn, node: number, point: Point): Place {
  const other = [...at].find(([index, place]) => index !== node && distance(place, point) < 1.5 * DOT);
  if (other !== undefined) return { node: other[0] };
  const circle = circles.find(each => distance(each, point) < each.radius);
  return circle === undefined ? null : { group: circle.group };
}

/** In units of the drawing. */
function positionOf(event: PointerEvent, svg: SVGSVGElement | null, node: number): Moving | null {
  const matrix = svg?.getScreenCTM();
  if (matrix == null) return null;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  return { node, x, y };
}

function Region({
  circle: { x, y, radius, group },
  over,
}: {
  readonly circle: Circle;
  readonly over: Place;
}) {
  const isOver = over !== null && ('group' in over ? over.group === group : group.includes(over.node));
  return <circle cx={x} cy={y} r={radius} class={isOver ? 'group over' : 'group'} />;
}

interface WayProps {
  readonly pair: Pair;
  readonly drawn: Drawn;
  readonly faults: ClusterFaults;
  readonly isChosen: boolean;
  readonly onPair: (pair: Pair) => void;
}

function Way({ pair, drawn: { at }, faults, isChosen, onPair }: WayProps) {
  const [i, j] = pair;
  const [a, b] = [at.get(i) ?? NOWHERE, at.get(j) ?? NOWHERE];
  const ms = latencyOf(faults, i, j);
  // Off the middle, where links cross, and off the node.
  const part = Math.min(0.5, Math.max(0.4, (1.9 * DOT) / Math.max(1, distance(a, b))));
  const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
  return (
    <g>
      <line {...ends} class={`way${isCut(faults, i, j) ? ' cut' : ''}${isChosen ? ' chosen' : ''}`} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the choice beside it does the same for the keyboard */}
      <line {...ends} class="hit" onClick={() => onPair(pair)}>
        <title>{`Between ${i} and ${j}`}</title>
      </line>
      {ms > 0 && (
        <text x={a.x + part * (b.x - a.x)} y={a.y + part * (b.y - a.y)} text-anchor="middle" class="share">
          {ms} ms
        </text>
      )}
    </g>
  );
}

interface DotProps {
  readonly view: NodeView;
  readonly at: Point;
  readonly isMoving: boolean;
  readonly isChosen: boolean;
  readonly onMove: (event: PointerEvent) => void;
  readonly onDrop: () => void;
  readonly onCancel: () => void;
  readonly onChoose: () => void;
  readonly onShift: (by: 1 | -1) => void;
}

/** Pixels before a press counts as moving. */
const STILL = 5;

function Dot({ view: { status, info }, at, isMoving, isChosen, ...on }: DotProps) {
  const { index, state } = status;
  const start = useRef<PointerEvent | null>(null);
  const isFar = (event: PointerEvent): boolean =>
    start.current !== null &&
    Math.hypot(event.clientX - start.current.clientX, event.clientY - start.current.clientY) > STILL;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons in a drawing
    <g
      role="button"
      tabindex={0}
      aria-label={`Node ${index}`}
      aria-pressed={isChosen}
      data-test={`dot-${index}`}
      class={`dot ${state}${isMoving ? ' moving' : ''}${isChosen ? ' chosen' : ''}`}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = event;
      }}
      onPointerMove={event => {
        if (isMoving || isFar(event)) on.onMove(event);
      }}
      onPointerUp={() => {
        start.current = null;
        if (isMoving) on.onDrop();
        else on.onChoose();
      }}
      onPointerCancel={() => {
        start.current = null;
        on.onCancel();
      }}
      onKeyDown={event => {
        const done = BY_KEY[event.key]?.(on);
        if (done !== undefined) event.preventDefault();
      }}
    >
      <circle cx={at.x} cy={at.y} r={DOT} />
      <text x={at.x} y={at.y - 1} text-anchor="middle" class="name">
        {index}
      </text>
      <text x={at.x} y={at.y + 14} text-anchor="middle" class="small">
        {info?.height ?? '–'}
      </text>
    </g>
  );
}

const BY_KEY: Readonly<Record<string, ((on: Pick<DotProps, 'onChoose' | 'onShift'>) => true) | undefined>> = {
  Enter(on) {
    on.onChoose();
    return true;
  },
  ' '(on) {
    on.onChoose();
    return true;
  },
  ArrowRight(on) {
    on.onShift(1);
    return true;
  },
  ArrowLeft(on) {
    on.onShift(-1);
    return true;
  },
};
