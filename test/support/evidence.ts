/** Evidence made of real signatures. */
import {
  type CheckedEvidence,
  type Evidence,
  evidenceChecks,
  type KeyPair,
  type OffenceKind,
  proposalBytes,
  proposalEvidence,
  type SignedProposal,
  type SignedVote,
  verifySignature,
  voteBytes,
  voteEvidence,
} from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import { CHAIN_ID } from './chain.ts';

export const BLOCK_A: Hex = `0x${'0a'.repeat(32)}`;
export const BLOCK_B: Hex = `0x${'0b'.repeat(32)}`;

export interface At {
  readonly height: number;
  readonly round?: number;
  readonly chainId?: string;
}

export function signVote(
  key: KeyPair,
  kind: SignedVote['kind'],
  blockHash: Hex | null,
  { height, round = 0, chainId = CHAIN_ID }: At,
): SignedVote {
  const body = { kind, height, round, blockHash };
  return { ...body, validator: key.account, signature: key.sign(voteBytes({ chainId, ...body })) };
}

export function signProposal(
  key: KeyPair,
  blockHash: Hex,
  validRound: number | null,
  { height, round = 0, chainId = CHAIN_ID }: At,
): SignedProposal {
  const body = { height, round, validRound, blockHash };
  return { ...body, proposer: key.account, signature: key.sign(proposalBytes({ chainId, ...body })) };
}

/** What proves that the key signed for two blocks. */
export function doubleSigning(key: KeyPair, kind: OffenceKind, at: At): Evidence {
  if (kind === 'proposal')
    return proposalEvidence(signProposal(key, BLOCK_A, null, at), signProposal(key, BLOCK_B, null, at));
  return voteEvidence(signVote(key, kind, BLOCK_A, at), signVote(key, kind, BLOCK_B, at));
}

/** As a node hands it to the kernel. Throws EvidenceError like a node that reads a block. */
export const checked = (evidence: Evidence): CheckedEvidence => ({
  evidence,
  verified: evidenceChecks(evidence, CHAIN_ID).every(verifySignature),
});
