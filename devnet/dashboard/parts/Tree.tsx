/** A link tree as a picture: who gets which share of whose revenue. */
import type { LinkTree } from '../../../node/client/results.ts';
import { moduleLink } from '../route.ts';
import { layTree, type Placed, percent } from '../trees.ts';

/** In units of the drawing, which is shown at its own size. */
const BOX = { width: 150, height: 44 };
const COLUMN = 226;
const ROW = 58;

const x = ({ column }: Placed): number => column * COLUMN + 1;
const y = ({ row }: Placed): number => row * ROW + 1;

export function Tree({ tree }: { readonly tree: LinkTree }) {
  const { placed, columns, rows } = layTree(tree);
  const width = (columns - 1) * COLUMN + BOX.width + 2;
  const height = (rows - 1) * ROW + BOX.height + 2;
  return (
    <div class="scroll">
      <svg width={width} height={height} role="img" aria-label={`links of ${tree.alias}`} class="tree">
        {placed.map(each => each.parent !== null && <Link key={key(each)} from={each.parent} to={each} />)}
        {placed.map(each => (
          <Box key={key(each)} placed={each} />
        ))}
      </svg>
    </div>
  );
}

/** A module may have several parents, and stands below each. */
const key = ({ tree, parent, row }: Placed): string => `${parent?.tree.module}-${tree.module}-${row}`;

function Link({ from, to }: { readonly from: Placed; readonly to: Placed }) {
  const [x1, y1] = [x(from) + BOX.width, y(from) + BOX.height / 2];
  const [x2, y2] = [x(to), y(to) + BOX.height / 2];
  const middle = (x1 + x2) / 2;
  return (
    <g>
      <path d={`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} class="link" />
      <text x={x2 - 6} y={y2 - 5} text-anchor="end" class="share">
        {percent(to.tree.shareBps ?? 0)}
      </text>
    </g>
  );
}

function Box({ placed }: { readonly placed: Placed }) {
  const { tree, keepsBps } = placed;
  const kind = tree.kind ?? 'root';
  return (
    <a href={moduleLink(tree.module)} aria-label={`${tree.alias}, keeps ${percent(keepsBps)}`}>
      <g transform={`translate(${x(placed)} ${y(placed)})`} class={`box ${kind}`}>
        <rect width={BOX.width} height={BOX.height} rx="8" />
        <text x="10" y="18" class="name">
          {shortName(tree.alias)}
        </text>
        <text x="10" y="35" class="small">
          {tree.kind === null ? '' : `${tree.kind}, `}keeps {percent(keepsBps)}
        </text>
      </g>
    </a>
  );
}

/** So many letters fit into a box. */
const MOST_LETTERS = 17;
const shortName = (alias: string): string =>
  alias.length <= MOST_LETTERS ? alias : `${alias.slice(0, MOST_LETTERS - 1)}…`;
