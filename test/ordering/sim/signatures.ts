/**
 * Signatures that cost nothing and still bind: each carries the number of the one content that its author signed.
 * Whoever checks one compares the content, so a copied, stitched or invented signature proves nothing.
 */
import { type Commit, SCHEMES } from '../../../chain/index.ts';
import type { Hex } from '../../../consensus/interface/index.ts';
import type { Proposal, Vote } from '../../../node/ordering/messages.ts';

const BYTES = 65;

export type UnsignedVote = Omit<Vote, 'signature'>;
export type UnsignedProposal = Omit<Proposal, 'signature'>;

export class Signatures {
  /** Contents by number; number 0 is nobody's. */
  readonly #votes: (UnsignedVote | undefined)[] = [undefined];
  readonly #proposals = new Map<number, UnsignedProposal>();
  readonly #made = new Map<string, Uint8Array>();
  readonly #shorts = new Map<Hex, number>();

  /** The same content gives the same signature. */
  vote({ kind, height, round, blockHash, validator }: UnsignedVote): Uint8Array {
    const vote = { kind, height, round, blockHash, validator };
    const content = `${kind}/${height}/${round}/${this.#short(blockHash)}/${this.#short(validator)}`;
    return this.#made.get(content) ?? this.#sign(content, this.#votes.push(vote) - 1);
  }

  proposal({ height, round, validRound, blockHash, proposer }: UnsignedProposal): Uint8Array {
    const proposal = { height, round, validRound, blockHash, proposer };
    const content = `${height}/${round}/${validRound}/${this.#short(blockHash)}/${this.#short(proposer)}`;
    const known = this.#made.get(content);
    if (known !== undefined) return known;
    const number = this.#votes.push(undefined) - 1;
    this.#proposals.set(number, proposal);
    return this.#sign(content, number);
  }

  #sign(content: string, number: number): Uint8Array {
    const signature = new Uint8Array(BYTES);
    signature[0] = SCHEMES.ed25519;
    new DataView(signature.buffer).setUint32(1, number);
    this.#made.set(content, signature);
    return signature;
  }

  /** A number for a hash: short keys are quick keys. */
  #short(hash: Hex | null): number {
    if (hash === null) return 0;
    const known = this.#shorts.get(hash) ?? this.#shorts.size + 1;
    if (known > this.#shorts.size) this.#shorts.set(hash, known);
    return known;
  }

  /** The vote behind a signature; undefined if it is none of a vote. */
  voteBehind(signature: Uint8Array): UnsignedVote | undefined {
    return this.#votes[numberOf(signature)];
  }

  isVote(vote: UnsignedVote, signature: Uint8Array): boolean {
    const signed = this.voteBehind(signature);
    return (
      signed !== undefined &&
      signed.kind === vote.kind &&
      signed.height === vote.height &&
      signed.round === vote.round &&
      signed.blockHash === vote.blockHash &&
      signed.validator === vote.validator
    );
  }

  isProposal(proposal: Proposal): boolean {
    const signed = this.#proposals.get(numberOf(proposal.signature));
    return (
      signed !== undefined &&
      signed.height === proposal.height &&
      signed.round === proposal.round &&
      signed.validRound === proposal.validRound &&
      signed.blockHash === proposal.blockHash &&
      signed.proposer === proposal.proposer
    );
  }

  /** Whether all signatures of a certificate are what they say. */
  isCertificate({ height, round, blockHash, signatures }: Commit, kind: Vote['kind']): boolean {
    return signatures.every(({ validator, signature }) =>
      this.isVote({ kind, height, round, blockHash, validator }, signature),
    );
  }
}

/** A signature that nobody made. */
export const invented = (): Uint8Array => {
  const signature = new Uint8Array(BYTES);
  signature[0] = SCHEMES.ed25519;
  return signature;
};

/** Unique per content and author. */
export const numberOf = (signature: Uint8Array): number =>
  ((signature[1] ?? 0) << 24) |
  ((signature[2] ?? 0) << 16) |
  ((signature[3] ?? 0) << 8) |
  (signature[4] ?? 0);
