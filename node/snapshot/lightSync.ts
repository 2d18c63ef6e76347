/** Carries light verification over any distance: headers in between are asked for only where the validators changed. */
import {
  type LightBlock,
  LightError,
  type LightOptions,
  type Trusted,
  verifyLight,
} from '../../chain/index.ts';

export type FetchLightBlock = (height: number) => Promise<LightBlock>;

/**
 * The verified header at `target`, from a trusted one below. Bisects where too few of the trusted validators signed, at
 * worst down to each height in turn. Throws {@link LightError}, CommitError, or what `fetch` throws.
 */
export async function lightSync(
  trusted: Trusted,
  target: number,
  fetch: FetchLightBlock,
  options: () => LightOptions,
): Promise<LightBlock> {
  const goal = await fetchAt(target, fetch);
  /** Headers that wait for one below them; the lowest is last. */
  const waiting: LightBlock[] = [];
  let base = trusted;
  for (let next: LightBlock | undefined = goal; next !== undefined; ) {
    const verified: Trusted | null = tryFrom(base, next, options());
    if (verified === null) {
      waiting.push(next);
      next = await fetchAt(middleOf(base, next), fetch);
    } else {
      base = verified;
      next = waiting.pop();
    }
  }
  return goal;
}

/** null: not from here, a header in between is needed. */
function tryFrom(trusted: Trusted, block: LightBlock, options: LightOptions): Trusted | null {
  try {
    return verifyLight(trusted, block, options);
  } catch (error) {
    if (error instanceof LightError && error.code === 'OVERLAP_TOO_SMALL') return null;
    throw error;
  }
}

/** Between both: a header right above the trusted one is never asked to overlap. */
const middleOf = (trusted: Trusted, { header }: LightBlock): number =>
  Math.floor((trusted.height + header.height) / 2);

async function fetchAt(height: number, fetch: FetchLightBlock): Promise<LightBlock> {
  const block = await fetch(height);
  if (block.header.height === height) return block;
  throw new LightError(
    'WRONG_HEIGHT',
    `a header of height ${block.header.height} instead of ${height}`,
    'Ask another node.',
  );
}
