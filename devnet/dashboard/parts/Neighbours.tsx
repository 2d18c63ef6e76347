/** Links to the epochs beside one. */

interface NeighboursProps {
  readonly at: number;
  /** The highest that there is. */
  readonly last: number;
  readonly linkTo: (epoch: number) => string;
  /** null where the latest is shown already, and followed. */
  readonly latest: string | null;
}

export const Neighbours = ({ at, last, linkTo, latest }: NeighboursProps) => (
  <nav aria-label="Neighbours">
    {at > 0 && <a href={linkTo(at - 1)}>← {at - 1}</a>}
    {at < last && <a href={linkTo(at + 1)}>{at + 1} →</a>}
    {latest !== null && <a href={latest}>latest</a>}
  </nav>
);
