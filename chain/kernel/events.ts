/** What the kernel says about its own doings; `source` null in a {@link ChainEvent}. */
import {
  account,
  type Codec,
  encode,
  hash,
  list,
  oneOf,
  optional,
  struct,
  type TypeOf,
  text,
  u32,
  u53,
  u64,
} from '../../consensus/interface/index.ts';
import { type ChainEvent, Failure } from '../format/block.ts';
import { DevLoad } from '../format/dump.ts';
import { StakeTarget, ValidatorSet } from '../format/entities.ts';
import { OFFENCE_KINDS } from '../format/evidence.ts';
import { CHOICES, GOV_STATUSES, GovTally, PARAMETER_NAMES, ParameterChange } from '../format/governance.ts';
import { LIMITS } from '../format/limits.ts';
import type { Mechanisms } from './types.ts';

const pair = { parent: u32, child: u32 };
const staked = struct({ staker: account, target: StakeTarget, amount: u64 });
const escrow = { consensus: u32, client: account, server: account, amount: u64 };
const potMoney = struct({ consensus: u32, account, amount: u64 });
const supply = struct({ consensus: u32, amount: u64 });

const pinned = { consensus: u32, name: text(64), version: text(32), codeHash: hash };
const installed = struct({ ...pinned, activationEpoch: u53 });

export const KERNEL_EVENTS = {
  Transferred: struct({ from: account, to: account, amount: u64 }),
  ModuleRegistered: struct({ module: u32, account, alias: text(LIMITS.alias) }),
  ModuleUpdated: struct({ module: u32 }),
  /** It no longer serves from this epoch on. */
  ModuleRetired: struct({ module: u32, fromEpoch: u53 }),
  LinkProposed: struct({ ...pair, termsHash: hash, expires: u53 }),
  LinkAccepted: struct({ ...pair, fromEpoch: u53 }),
  LinkDissolved: struct({ ...pair, untilEpoch: u53 }),
  /** Taken back or turned down. */
  LinkProposalDropped: struct(pair),
  Staked: staked,
  /** Thaws until this epoch. */
  Unstaked: struct({ staker: account, target: StakeTarget, amount: u64, epoch: u53 }),
  StakeWithdrawn: staked,
  /** Money entered a reserve, from its client or from a pot. */
  Reserved: struct(escrow),
  ReserveThawing: struct({ ...escrow, thawEpoch: u53 }),
  ReserveWithdrawn: struct(escrow),
  /** A consensus module took money out of a reserve. */
  ReserveDebited: struct(escrow),
  /** An account attached money to a call. */
  PotFunded: potMoney,
  /** A consensus module paid an account, from its pot or straight from a reserve. */
  PotPaid: potMoney,
  /** New money into the pot. */
  PotMinted: supply,
  /** Money of the pot destroyed. */
  PotBurned: supply,
  EpochStarted: struct({ epoch: u53, height: u53, time: u53 }),
  /** This set votes from `fromHeight` on. */
  ValidatorsChanged: struct({ fromHeight: u53, validators: ValidatorSet }),
  /** Nobody had a whole token staked: the old set goes on voting. */
  ValidatorsKept: struct({ epoch: u53 }),
  /** It signed twice at `height` and `round`. `burned` is gone from its stake on itself, thawing stake included. */
  ValidatorSlashed: struct({
    validator: account,
    offence: oneOf(OFFENCE_KINDS),
    height: u53,
    round: u32,
    burned: u64,
  }),
  /** The close of an epoch failed: nothing of it was applied and it is not tried again. */
  CloseFailed: struct({
    consensus: u32,
    epoch: u53,
    code: text(LIMITS.errorCode),
    message: text(LIMITS.errorMessage),
  }),
  /** To come into force with this epoch. */
  ConsensusInstalled: installed,
  /** Taken back before it came into force. */
  ConsensusCancelled: struct({ consensus: u32, name: text(64), version: text(32) }),
  /** Waits until the code before it has closed the epochs from this one on. */
  ConsensusDraining: struct({ consensus: u32, name: text(64), version: text(32), closing: u53 }),
  /** In force, for calls from the next block on. `inherited`: closes that the code before it left. */
  ConsensusActivated: struct({ ...pinned, epoch: u53, inherited: u32 }),
  /** Given up: the code before it goes on, or nobody has the id. */
  ConsensusActivationFailed: struct({
    ...pinned,
    epoch: u53,
    code: text(LIMITS.errorCode),
    message: text(LIMITS.errorMessage),
  }),
  /** Votes count before the epoch `endEpoch`. */
  ProposalMade: struct({
    proposal: u32,
    proposer: account,
    title: text(LIMITS.title),
    endEpoch: u53,
    bond: u64,
  }),
  /** `weight`: base units of stake that this vote brings now. */
  VoteCast: struct({ proposal: u32, voter: account, choice: oneOf(CHOICES), weight: u64 }),
  /** `burned` of the bond; the proposer got the rest back. */
  ProposalConcluded: struct({
    proposal: u32,
    status: oneOf(GOV_STATUSES),
    tally: GovTally,
    electorate: u64,
    burned: u64,
    failure: optional(Failure),
  }),
  /** They hold from the next block on. */
  ParametersChanged: struct({ changes: list(ParameterChange, PARAMETER_NAMES.length) }),
  DevBalanceSet: struct({ account, free: u64 }),
  DevMinted: struct({ account, amount: u64 }),
  DevEpochAdvanced: struct({ epoch: u53 }),
  DevTimeIncreased: struct({ ms: u53, ahead: u53 }),
  DevSnapshotTaken: struct({ name: text(LIMITS.snapshotName), height: u53 }),
  DevReverted: struct({ name: text(LIMITS.snapshotName), height: u53 }),
  /** This block has the state that the chain named had at this height. */
  DevLoaded: DevLoad,
} as const;

type KernelEvents = typeof KERNEL_EVENTS;
export type KernelEventName = keyof KernelEvents;
export type KernelEventData<Name extends KernelEventName> = TypeOf<KernelEvents[Name]>;

export function kernelEvent<Name extends KernelEventName>(
  name: Name,
  data: KernelEventData<Name>,
): ChainEvent {
  // The compiler does not see that one name's codec fits the same name's data.
  const codec = KERNEL_EVENTS[name] as Codec<unknown>;
  return { source: null, name, data: encode(codec, data) };
}

/** The codec of an event's data; undefined for an event that nobody declared. */
export function eventCodec(
  source: number | null,
  name: string,
  mechanisms?: Mechanisms,
): Codec<unknown> | undefined {
  const events: { readonly [name: string]: Codec<unknown> } | undefined =
    source === null ? KERNEL_EVENTS : mechanisms?.get(source)?.events;
  return events !== undefined && Object.hasOwn(events, name) ? events[name] : undefined;
}
