/**
 * What a message of the current height means: the signatures that it stands on, and the input that it becomes once
 * they are verified. Every message is judged as an attack.
 */
import { type Commit, proposalBytes, voteBytes } from '../../chain/index.ts';
import { type Check, CodecError } from '../../consensus/interface/index.ts';
import { OFFENCE_POINTS } from '../../p2p/offences.ts';
import { type Committee, certificateChecks, certificateProblem, isEd25519 } from './certificate.ts';
import type { OrderingMessage, Vote } from './messages.ts';
import type { Input } from './tendermint/types.ts';
import { type ReadBlock, readBlock } from './value.ts';

/** A message that only a faulty peer sends. */
export interface Offence {
  readonly offence: string;
  readonly points: number;
}

export interface Judged {
  readonly checks: readonly Check[];
  readonly input: Input;
  readonly block: ReadBlock | null;
}

type Of<K extends OrderingMessage['kind']> = Extract<OrderingMessage, { kind: K }>;

const malformed = (offence: string): Offence => ({ offence, points: OFFENCE_POINTS.malformed });

export function judge(
  message: Exclude<OrderingMessage, { kind: 'status' }>,
  committee: Committee,
): Judged | Offence {
  try {
    if (message.kind === 'vote') return judgeVote(message.vote, committee);
    if (message.kind === 'proposal') return judgeProposal(message, committee);
    return judgeCertificate(message, committee);
  } catch (error) {
    if (error instanceof CodecError)
      return malformed(`a ${message.kind} with a block that does not decode: ${error.message}`);
    throw error;
  }
}

function judgeVote(vote: Vote, committee: Committee): Judged | Offence {
  const { chainId, height, powers } = committee;
  if (!powers.has(vote.validator))
    return malformed(`a vote of ${vote.validator}, who is no validator of height ${height}`);
  const { kind, round, blockHash, validator, signature } = vote;
  if (!isEd25519(signature)) return malformed('a vote whose signature is not ed25519');
  const message = voteBytes({ chainId, kind, height, round, blockHash });
  return {
    checks: [{ account: validator, signature, message }],
    input: { kind: 'vote', height, vote },
    block: null,
  };
}

function judgeProposal({ proposal, polka, block }: Of<'proposal'>, committee: Committee): Judged | Offence {
  const { chainId, height } = committee;
  const { round, validRound, blockHash, proposer, signature } = proposal;
  if (committee.proposer(round) !== proposer)
    return malformed(`a proposal of ${proposer}, whose turn round ${round} is not`);
  if (validRound !== null && validRound >= round)
    return malformed(`a proposal for round ${round} proved by round ${validRound}`);
  const wrongPolka = polka !== null ? polkaProblem(polka, proposal, committee) : undefined;
  if (wrongPolka !== undefined) return malformed(wrongPolka);
  const read = readBlock(block, chainId, height);
  if (typeof read === 'string') return malformed(read);
  if (read.value.hash !== blockHash) return malformed('a proposal for another block than it carries');
  if (validRound === null && read.block.header.proposer !== proposer)
    return malformed('a fresh proposal of a block that names another proposer');
  const message = proposalBytes({ chainId, height, round, validRound, blockHash });
  const checks = [{ account: proposer, signature, message }];
  if (polka !== null) checks.push(...certificateChecks(polka, 'prevote', chainId));
  return { checks, input: { kind: 'proposal', height, proposal, value: read.value, polka }, block: read };
}

function polkaProblem(
  polka: Commit,
  proposal: Of<'proposal'>['proposal'],
  committee: Committee,
): string | undefined {
  if (polka.round !== proposal.validRound || polka.blockHash !== proposal.blockHash)
    return 'a proposal with a polka for something else';
  return certificateProblem(polka, committee);
}

function judgeCertificate(message: Of<'polka'> | Of<'commit'>, committee: Committee): Judged | Offence {
  const { chainId, height } = committee;
  const { certificate } = message;
  const problem = certificateProblem(certificate, committee);
  if (problem !== undefined) return malformed(problem);
  const read = readBlock(message.block, chainId, height);
  if (typeof read === 'string') return malformed(read);
  if (read.value.hash !== certificate.blockHash)
    return malformed('a certificate for another block than it carries');
  const of = message.kind === 'polka' ? 'prevote' : 'precommit';
  const checks = certificateChecks(certificate, of, chainId);
  return { checks, input: { kind: 'certificate', height, of, certificate, value: read.value }, block: read };
}
