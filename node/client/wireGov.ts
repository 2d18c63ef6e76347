/** The part of the RPC about proposals and votes; see `wire.ts`. */
import type { Choice, GovContent } from '../../chain/index.ts';
import type { Address, Decimal, Json, Wire } from './wire.ts';

export type ContentJson = Json<GovContent>;

export interface ProposalJson {
  readonly id: number;
  readonly proposer: Address;
  readonly title: string;
  /** What is to happen when it passes. */
  readonly content: ContentJson;
  /** In which it was made; the stake at its start votes. */
  readonly epoch: number;
  /** First epoch in which no vote counts any more. */
  readonly endEpoch: number;
  readonly status: 'open' | 'passed' | 'rejected' | 'noQuorum' | 'failed';
  /** What the votes say, also while it is open. */
  readonly verdict: 'passed' | 'rejected' | 'noQuorum';
  readonly tally: { readonly yes: Decimal; readonly no: Decimal; readonly abstain: Decimal };
  /** All stake that can vote. */
  readonly electorate: Decimal;
  /** By which it is judged. */
  readonly rules: {
    readonly bond: Decimal;
    readonly votingEpochs: number;
    readonly quorumBps: number;
    readonly thresholdBps: number;
    readonly vetoBps: number;
  };
  /** null while it is open. */
  readonly result: {
    /** Of the block that computed it. */
    readonly height: number;
    /** Of the bond. */
    readonly burned: Decimal;
    /** Why what passed could not be done. */
    readonly error?: Wire['Failure'] | undefined;
  } | null;
}

export interface VoteJson {
  readonly voter: Address;
  readonly choice: Choice;
  /** Base units of stake that the vote brings now. */
  readonly weight: Decimal;
  /** Whether the voter is a validator, who votes for stakers too. */
  readonly isValidator: boolean;
}

/** A parameter that a proposal can change. */
export interface ParameterJson {
  readonly name: string;
  readonly value: Decimal;
  readonly min: Decimal;
  readonly max: Decimal;
}

export type GovNotice = { readonly proposal: number; readonly height: number } & (
  | {
      readonly kind: 'proposed';
      readonly proposer: Address;
      readonly title: string;
      readonly endEpoch: number;
    }
  | {
      readonly kind: 'voted';
      readonly voter: Address;
      readonly choice: Choice;
      readonly weight: Decimal;
    }
  | { readonly kind: 'concluded'; readonly status: Exclude<ProposalJson['status'], 'open'> }
);

interface Nothing {
  readonly [name: string]: never;
}
interface OfProposal {
  readonly proposal: number;
}

export interface GovMethods {
  gov_params: { params: Nothing; result: readonly ParameterJson[] };
  gov_list: {
    params: {
      readonly open?: boolean | undefined;
      readonly after?: number | undefined;
      readonly limit?: number | undefined;
    };
    result: readonly ProposalJson[];
  };
  gov_get: { params: OfProposal; result: ProposalJson };
  gov_votes: {
    params: OfProposal & {
      readonly voter?: Address | undefined;
      readonly after?: Address | undefined;
      readonly limit?: number | undefined;
    };
    result: readonly VoteJson[];
  };
  gov_proof: { params: OfProposal; result: Wire['Proof'] };
  gov_subscribe: { params: { readonly topic?: 'proposals' | undefined }; result: string };
  gov_unsubscribe: { params: { readonly subscription: string }; result: boolean };
}
