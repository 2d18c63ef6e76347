/**
 * The words of the Tendermint core (arXiv 1807.04938): what goes into `step` and what it wishes for in return.
 * Everything here is plain immutable data, so a simulator can keep, reorder and replay it.
 */
import type { Commit, ProposalBody, ValidatorSet, VoteBody } from '../../../chain/index.ts';
import type { Account, Hex } from '../../../consensus/interface/index.ts';
import type { Proposal, Vote } from '../messages.ts';
import type { SignRecord } from './record.ts';

/** A block as the core sees it: its hash, and bytes that it never looks into. */
export interface Value {
  readonly hash: Hex;
  readonly bytes: Uint8Array;
}

/** A key that signs for one validator. Deterministic: the same body gives the same signature. */
export interface CoreSigner {
  readonly validator: Account;
  signVote(body: VoteBody): Uint8Array;
  signProposal(body: ProposalBody): Uint8Array;
}

/** One instance of the algorithm: one height. */
export interface HeightOptions {
  readonly chainId: string;
  readonly height: number;
  /** Not empty. */
  readonly validators: ValidatorSet;
  readonly proposer: (round: number) => Account;
  /** null on a node that only follows this height. */
  readonly signer: CoreSigner | null;
}

export type TimerName = 'propose' | 'prevote' | 'precommit' | 'retransmit';

/** Two different messages of one kind that one validator signed for the same height and round. */
export type Evidence =
  | { readonly kind: 'vote'; readonly first: Vote; readonly second: Vote }
  | { readonly kind: 'proposal'; readonly first: Proposal; readonly second: Proposal };

/** What the core sends to all peers. */
export type CoreMessage =
  | {
      readonly kind: 'proposal';
      readonly proposal: Proposal;
      readonly value: Value;
      readonly polka: Commit | null;
    }
  | { readonly kind: 'vote'; readonly vote: Vote }
  | { readonly kind: 'polka'; readonly certificate: Commit; readonly value: Value };

/** Signatures in it are verified, certificates hold a quorum: the core trusts its inputs, not their authors. */
export type Input =
  /** Begins round 0, or takes up a restored record. */
  | { readonly kind: 'start'; readonly height: number }
  /** `polka` is the certificate of prevotes for the block in `proposal.validRound`, null if it came without. */
  | {
      readonly kind: 'proposal';
      readonly height: number;
      readonly proposal: Proposal;
      readonly value: Value;
      readonly polka: Commit | null;
    }
  | { readonly kind: 'vote'; readonly height: number; readonly vote: Vote }
  | {
      readonly kind: 'certificate';
      readonly height: number;
      readonly of: Vote['kind'];
      readonly certificate: Commit;
      readonly value: Value | null;
    }
  /** The application's answer to `propose-value`. */
  | { readonly kind: 'value'; readonly height: number; readonly round: number; readonly value: Value }
  /** The application's answer to `validate`. */
  | { readonly kind: 'verdict'; readonly height: number; readonly blockHash: Hex; readonly valid: boolean }
  | { readonly kind: 'timeout'; readonly height: number; readonly round: number; readonly timer: TimerName };

/** In the order in which they must be carried out; nothing after a `persist` before that is on disk. */
export type Effect =
  | { readonly kind: 'persist'; readonly record: SignRecord }
  | { readonly kind: 'timer'; readonly height: number; readonly round: number; readonly timer: TimerName }
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  | { readonly kind: 'propose-value'; readonly height: number; readonly round: number }
  | { readonly kind: 'validate'; readonly height: number; readonly value: Value }
  | { readonly kind: 'send'; readonly message: CoreMessage }
  | { readonly kind: 'decide'; readonly height: number; readonly value: Value; readonly certificate: Commit };
