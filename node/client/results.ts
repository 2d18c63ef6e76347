/** What actions resolve to: the JSON of {@link Wire} with amounts as bigint. */
import type { Wire } from './wire.ts';
import type { GovNotice, ParameterJson, ProposalJson, VoteJson } from './wireGov.ts';

/** `T` with the named decimal strings as bigint base units. */
export type Amounts<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]: bigint };

export function amounts<T extends object, K extends keyof T>(json: T, ...names: readonly K[]): Amounts<T, K> {
  const parsed = Object.fromEntries(names.map(name => [name, BigInt(json[name] as string)]));
  return { ...json, ...parsed } as Amounts<T, K>;
}

export type AccountInfo = Amounts<Wire['Account'], 'free' | 'staked' | 'thawing' | 'reserved'>;
export type Outcome = Amounts<Wire['Outcome'], 'fee'>;
export type FinalTransaction = Amounts<Wire['Final'], 'fee'>;
export type TransactionStatus =
  | Exclude<Wire['TransactionStatus'], { status: 'final' }>
  | ({ readonly status: 'final' } & FinalTransaction);
export type BlockTransaction = Amounts<Wire['BlockTransaction'], 'fee' | 'feeLimit'>;
export type BlockInfo = Omit<Wire['Block'], 'transactions'> & {
  readonly transactions: readonly BlockTransaction[];
};
export type UnsignedTransaction = Amounts<Wire['Unsigned'], 'feeLimit'>;
export type EscrowInfo = Amounts<Wire['Escrow'], 'amount' | 'thawing'>;
export type Price = Amounts<Wire['Module']['prices'][number], 'price'>;
export type PendingTerms = Omit<NonNullable<Wire['Module']['pending']>, 'prices'> & {
  readonly prices: readonly Price[];
};
export type ModuleInfo = Omit<Wire['Module'], 'prices' | 'pending'> & {
  readonly prices: readonly Price[];
  readonly pending: PendingTerms | null;
};
type StakeEntry = Wire['Stakes']['stakes'][number];
export type StakeInfo = Amounts<Omit<Wire['Stakes'], 'stakes'>, 'staked' | 'thawing'> & {
  readonly stakes: readonly (Amounts<Omit<StakeEntry, 'thawing'>, 'amount'> & {
    readonly thawing: readonly Amounts<StakeEntry['thawing'][number], 'amount'>[];
  })[];
};
export type ConsensusInfo = Amounts<Wire['Consensus'], 'pot' | 'mintCap'>;
export type SettlementInfo = Amounts<Omit<Wire['Settlement'], 'debits' | 'credits' | 'rows'>, 'total'> & {
  readonly debits: readonly Amounts<Wire['Settlement']['debits'][number], 'amount'>[];
  readonly credits: readonly Amounts<Wire['Settlement']['credits'][number], 'amount'>[];
  readonly rows: readonly Amounts<Wire['Settlement']['rows'][number], 'amount'>[];
};
type Result = NonNullable<ProposalJson['result']>;
export type ProposalInfo = Amounts<Omit<ProposalJson, 'tally' | 'rules' | 'result'>, 'electorate'> & {
  readonly tally: Amounts<ProposalJson['tally'], 'yes' | 'no' | 'abstain'>;
  readonly rules: Amounts<ProposalJson['rules'], 'bond'>;
  readonly result: Amounts<Result, 'burned'> | null;
};
export type VoteInfo = Amounts<VoteJson, 'weight'>;
export type ParameterInfo = Amounts<ParameterJson, 'value' | 'min' | 'max'>;
export type { GovNotice };
export type NodeInfo = Wire['NodeInfo'];
export type Head = Wire['Head'];
export type LinkInfo = Wire['Link'];
export type LinkTree = Wire['LinkTree'];
export type ValidatorInfo = Wire['Voter'];
export type EpochInfo = Wire['Epoch'];
export type EpochNotice = Wire['EpochNotice'];
export type PeerInfo = Wire['Peer'];
export type BanInfo = Wire['Ban'];
export type ProofResult = Wire['Proof'];
export type EventInfo = Wire['Event'];
export type BlockMode = Wire['BlockMode'];

export const toFinal = (json: Wire['Final']): FinalTransaction => amounts(json, 'fee');

export const toModule = (json: Wire['Module']): ModuleInfo => ({
  ...json,
  prices: json.prices.map(price => amounts(price, 'price')),
  pending: json.pending && {
    ...json.pending,
    prices: json.pending.prices.map(price => amounts(price, 'price')),
  },
});

export const toEscrow = (json: Wire['Escrow']): EscrowInfo => amounts(json, 'amount', 'thawing');

export const toProposal = (json: ProposalJson): ProposalInfo => ({
  ...amounts(json, 'electorate'),
  tally: amounts(json.tally, 'yes', 'no', 'abstain'),
  rules: amounts(json.rules, 'bond'),
  result: json.result && amounts(json.result, 'burned'),
});

export const toVote = (json: VoteJson): VoteInfo => amounts(json, 'weight');

export const toParameter = (json: ParameterJson): ParameterInfo => amounts(json, 'value', 'min', 'max');
