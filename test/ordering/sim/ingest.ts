/** Messages between simulated nodes, and what an engine does with them before its core sees one. */
import type { Commit } from '../../../chain/index.ts';
import { type Committee, certificateProblem } from '../../../node/ordering/certificate.ts';
import type { Vote } from '../../../node/ordering/messages.ts';
import type { CoreMessage, Input, Value } from '../../../node/ordering/tendermint/types.ts';
import type { Signatures } from './signatures.ts';

export type HeightMessage =
  | CoreMessage
  | { readonly kind: 'commit'; readonly certificate: Commit; readonly value: Value };

export type Message =
  | HeightMessage
  /** What the engine sends now and then, so that peers see who is behind. */
  | { readonly kind: 'status'; readonly height: number };

export function heightOf(message: Message): number {
  if (message.kind === 'vote') return message.vote.height;
  if (message.kind === 'status') return message.height;
  return message.kind === 'proposal' ? message.proposal.height : message.certificate.height;
}

export function inputOf(message: HeightMessage): Input {
  const height = heightOf(message);
  if (message.kind === 'vote') return { kind: 'vote', height, vote: message.vote };
  if (message.kind === 'proposal') {
    const { proposal, value, polka } = message;
    return { kind: 'proposal', height, proposal, value, polka };
  }
  const { certificate, value } = message;
  const of = message.kind === 'polka' ? 'prevote' : 'precommit';
  return { kind: 'certificate', height, of, certificate, value };
}

/** What decides whether an engine lets a message through. */
export interface Gate {
  readonly committee: Committee;
  readonly signatures: Signatures;
  /** It does not look into certificates, which is a defect. */
  readonly trusting: boolean;
}

export function isAuthentic(message: HeightMessage, gate: Gate): boolean {
  const { committee, signatures } = gate;
  if (message.kind === 'vote') return signatures.isVote(message.vote, message.vote.signature);
  if (message.kind === 'polka') return holds(message.certificate, 'prevote', gate);
  if (message.kind === 'commit') return holds(message.certificate, 'precommit', gate);
  const { proposal, polka } = message;
  return (
    committee.proposer(proposal.round) === proposal.proposer &&
    (proposal.validRound === null || proposal.validRound < proposal.round) &&
    signatures.isProposal(proposal) &&
    (polka === null || holds(polka, 'prevote', gate))
  );
}

function holds(certificate: Commit, kind: Vote['kind'], { committee, signatures, trusting }: Gate): boolean {
  return (
    trusting ||
    (certificateProblem(certificate, committee) === undefined && signatures.isCertificate(certificate, kind))
  );
}
