/** The flow of a settlement as a picture. */
import type { FlowEdge } from '../flow.ts';
import { tokens } from '../format.ts';
import { type Band, type Bar, laySankey } from '../sankey.ts';

/** In units of the drawing, which is shown at its own size. */
const BAR = 12;
const COLUMN = 230;
/** Beside the last bars, and above the first. */
const LABEL = 190;
const TOP = 22;

interface FlowProps {
  readonly edges: readonly FlowEdge[];
  readonly labelOf: (node: string) => string;
}

export function Flow({ edges, labelOf }: FlowProps) {
  const { bars, bands, columns, height } = laySankey(edges);
  const width = (columns - 1) * COLUMN + BAR + LABEL;
  return (
    <div class="scroll">
      <svg
        width={width}
        height={height + TOP + 4}
        role="img"
        aria-label="Flow of the settlement; the same is in the table below"
        class="flow"
      >
        {bands.map(band => (
          <path
            key={`${band.edge.from} ${band.edge.to}`}
            d={pathOf(band)}
            class={`band ${kindOf(band.edge.to)}`}
          >
            <title>{`${labelOf(band.edge.from)} → ${labelOf(band.edge.to)}: ${tokens(band.edge.amount)}`}</title>
          </path>
        ))}
        {bars.map(bar => (
          <g key={bar.node}>
            <rect x={x(bar)} y={y(bar)} width={BAR} height={bar.height} class={`bar ${kindOf(bar.node)}`} />
            <text x={x(bar) + BAR + 6} y={y(bar) + bar.height / 2 + 4}>
              {shortened(labelOf(bar.node))}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

const x = ({ column }: Bar): number => column * COLUMN;
const y = (bar: Bar): number => bar.y + TOP;
const kindOf = (node: string): string => node.split(':', 1)[0] ?? '';

const MOST_LETTERS = 22;
const shortened = (label: string): string =>
  label.length <= MOST_LETTERS ? label : `${label.slice(0, MOST_LETTERS - 1)}…`;

function pathOf({ from, to, y1, y2, height }: Band): string {
  const [left, right] = [x(from) + BAR, x(to)];
  const middle = (left + right) / 2;
  const [top1, top2] = [y1 + TOP, y2 + TOP];
  const lower = `L${right} ${top2 + height}C${middle} ${top2 + height} ${middle} ${top1 + height} ${left} ${top1 + height}Z`;
  return `M${left} ${top1}C${middle} ${top1} ${middle} ${top2} ${right} ${top2}${lower}`;
}
