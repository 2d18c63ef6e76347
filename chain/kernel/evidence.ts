/** Evidence as a value: how it is made, ordered, hashed, and what must be verified about it. */
import { type Account, type Check, encode, type Hex } from '../../consensus/interface/index.ts';
import { hashOf, merkleRoot, SCHEMES, signingBytes } from '../crypto/index.ts';
import { EvidenceError } from '../errors.ts';
import { ProposalBody, type VoteBody } from '../format/block.ts';
import { Evidence, OFFENCE_KINDS, type OffenceKind } from '../format/evidence.ts';
import { voteBytes } from './commit.ts';

export const proposalBytes = (body: ProposalBody): Uint8Array =>
  signingBytes('proposal', encode(ProposalBody, body));

export interface Offence {
  readonly kind: OffenceKind;
  readonly validator: Account;
  readonly height: number;
  readonly round: number;
}

interface Signed {
  readonly signature: Uint8Array;
}
export type SignedVote = Omit<VoteBody, 'chainId'> & Signed & { readonly validator: Account };
export type SignedProposal = Omit<ProposalBody, 'chainId'> & Signed & { readonly proposer: Account };

/** Two different votes of one validator, of one kind, height and round, in either order. */
export function voteEvidence(one: SignedVote, other: SignedVote): Evidence {
  const { kind, validator, height, round } = one;
  const [first, second] = inOrder(voteSide(one), voteSide(other));
  return { kind, validator, height, round, first, second };
}

/** Two different proposals of one validator for one height and round, in either order. */
export function proposalEvidence(one: SignedProposal, other: SignedProposal): Evidence {
  const { proposer: validator, height, round } = one;
  const [first, second] = inOrder(proposalSide(one), proposalSide(other));
  return { kind: 'proposal', validator, height, round, first, second };
}

const voteSide = ({ blockHash, signature }: SignedVote) => ({ blockHash, signature });
const proposalSide = ({ blockHash, validRound, signature }: SignedProposal) => ({
  blockHash,
  validRound,
  signature,
});

interface Side {
  readonly blockHash: Hex | null;
  readonly validRound?: number | null;
}

const inOrder = <S extends Side>(one: S, other: S): readonly [S, S] =>
  compareSides(one, other) <= 0 ? [one, other] : [other, one];

/** Nothing is below every hash and every round. Hashes are lower-case hex of one length, so text order is byte order. */
function compareSides(one: Side, other: Side): number {
  const [a, b] = [one.blockHash ?? '', other.blockHash ?? ''];
  if (a !== b) return a < b ? -1 : 1;
  return (one.validRound ?? -1) - (other.validRound ?? -1);
}

/** The order of evidence in a block: height, round, kind, validator. Equal: the same offence. */
export function compareOffences(one: Offence, other: Offence): number {
  if (one.height !== other.height) return one.height - other.height;
  if (one.round !== other.round) return one.round - other.round;
  if (one.kind !== other.kind) return OFFENCE_KINDS.indexOf(one.kind) - OFFENCE_KINDS.indexOf(other.kind);
  if (one.validator === other.validator) return 0;
  return one.validator < other.validator ? -1 : 1;
}

/** Over the evidence of a block, in order. */
export const evidenceRoot = (evidence: readonly Evidence[]): Hex =>
  merkleRoot(evidence.map(entry => hashOf(Evidence, entry)));

/**
 * The two signatures to verify before evidence counts. Throws {@link EvidenceError} where no signature could help:
 * NOT_CANONICAL, NOT_ED25519.
 */
export function evidenceChecks(evidence: Evidence, chainId: string): Check[] {
  if (compareSides(evidence.first, evidence.second) >= 0)
    throw new EvidenceError('NOT_CANONICAL', 'the two messages are the same or in the wrong order');
  const { validator } = evidence;
  return messagesOf(evidence, chainId).map(({ signature, message }) => {
    if (signature[0] !== SCHEMES.ed25519)
      throw new EvidenceError('NOT_ED25519', 'validators sign with ed25519');
    return { account: validator, signature, message };
  });
}

function messagesOf(
  evidence: Evidence,
  chainId: string,
): readonly { readonly signature: Uint8Array; readonly message: Uint8Array }[] {
  const { height, round } = evidence;
  if (evidence.kind === 'proposal')
    return [evidence.first, evidence.second].map(({ signature, ...body }) => ({
      signature,
      message: proposalBytes({ chainId, height, round, ...body }),
    }));
  const { kind } = evidence;
  return [evidence.first, evidence.second].map(({ signature, blockHash }) => ({
    signature,
    message: voteBytes({ chainId, kind, height, round, blockHash }),
  }));
}
