/** The nodes on a circle, with the links between them as they are now. */
import type { ClusterFaults } from '../../../node/client/wireCluster.ts';
import { isCut, latencyOf } from '../between.ts';
import type { NodeView } from '../live.ts';

/** In units of the drawing. */
const SIZE = 300;
const AROUND = 108;
const DOT = 26;

interface PictureProps {
  readonly nodes: readonly NodeView[];
  readonly faults: ClusterFaults;
}

export function NetworkPicture({ nodes, faults }: PictureProps) {
  const places = nodes.map((node, order) => {
    const angle = (2 * Math.PI * order) / nodes.length - Math.PI / 2;
    return { node, x: SIZE / 2 + AROUND * Math.cos(angle), y: SIZE / 2 + AROUND * Math.sin(angle) };
  });
  const pairs = places.flatMap((a, order) => places.slice(order + 1).map(b => [a, b] as const));
  return (
    <svg
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      class="network"
      role="img"
      aria-label="The network; the same is in the table"
    >
      {pairs.map(([a, b]) => {
        const [i, j] = [a.node.status.index, b.node.status.index];
        const ms = latencyOf(faults, i, j);
        return (
          <g key={`${i}-${j}`}>
            <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} class={isCut(faults, i, j) ? 'way cut' : 'way'} />
            {ms > 0 && (
              <text x={(2 * a.x + b.x) / 3} y={(2 * a.y + b.y) / 3} text-anchor="middle" class="share">
                {ms} ms
              </text>
            )}
          </g>
        );
      })}
      {places.map(({ node, x, y }) => (
        <g key={node.status.index} class={`dot ${node.status.state}`}>
          <circle cx={x} cy={y} r={DOT} />
          <text x={x} y={y - 1} text-anchor="middle" class="name">
            {node.status.index}
          </text>
          <text x={x} y={y + 14} text-anchor="middle" class="small">
            {node.info?.height ?? '–'}
          </text>
        </g>
      ))}
    </svg>
  );
}
