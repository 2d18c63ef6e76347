import type { GovProposal, GovTally } from '../../format/governance.ts';

/** A whole in basis points. */
const WHOLE = 10_000n;

export interface Verdict {
  readonly status: 'passed' | 'rejected' | 'noQuorum';
  /** Whether the proposer loses the bond. */
  readonly losesBond: boolean;
}

/** What the votes say. Shares are compared by products of integers, so nothing is ever rounded. */
export function verdictOf(
  { rules, electorate }: Pick<GovProposal, 'rules' | 'electorate'>,
  { yes, no, abstain }: GovTally,
): Verdict {
  const cast = yes + no + abstain;
  const decided = yes + no;
  // Without any stake that can vote, nobody has voted either.
  if (cast === 0n || cast * WHOLE < BigInt(rules.quorumBps) * electorate)
    return { status: 'noQuorum', losesBond: true };
  if (yes * WHOLE > BigInt(rules.thresholdBps) * decided) return { status: 'passed', losesBond: false };
  return { status: 'rejected', losesBond: no * WHOLE > BigInt(rules.vetoBps) * decided };
}
