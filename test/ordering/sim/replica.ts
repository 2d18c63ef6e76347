/** One simulated validator process: the real core, a disk that survives crashes, and an application that takes time. */
import { type Commit, SCHEMES, type ValidatorSet } from '../../../chain/index.ts';
import { type Account, decode, encode, type Hex } from '../../../consensus/interface/index.ts';
import { proposerAt } from '../../../node/ordering/proposer.ts';
import { SignRecord } from '../../../node/ordering/tendermint/record.ts';
import { RULES } from '../../../node/ordering/tendermint/rules.ts';
import { type HeightState, newHeight, restoreHeight } from '../../../node/ordering/tendermint/state.ts';
import { step } from '../../../node/ordering/tendermint/step.ts';
import type { CoreSigner, Effect, Input, Value } from '../../../node/ordering/tendermint/types.ts';
import type { Mutant } from './mutants.ts';

export interface Decision {
  readonly value: Value;
  readonly certificate: Commit;
}

export interface Replica {
  readonly index: number;
  readonly validator: Account;
  /** One of two copies of a key, or a liar. */
  readonly faulty: boolean;
  readonly disk: { record: SignRecord | null; readonly chain: Decision[] };
  up: boolean;
  /** Down for good. */
  gone: boolean;
  /** Grows with each crash; what was scheduled before is void. */
  incarnation: number;
  state: HeightState;
  /** Inputs for the next height, which arrived early. */
  early: Input[];
  /** Height, round and step as one number; never falls, and after a crash not below `floor`. */
  position: number;
  /** Position when something was last signed and sent. */
  floor: number;
}

export interface ReplicaOptions {
  readonly index: number;
  readonly validator: Account;
  readonly faulty: boolean;
  readonly validators: ValidatorSet;
  readonly mutant: Mutant;
}

const CHAIN_ID = 'simulation';
/** Stands for any signature: whether one was made is looked up by content. */
const SIGNATURE = new Uint8Array(65).fill(SCHEMES.ed25519);

export function createReplica(options: ReplicaOptions): Replica {
  const { index, validator, faulty } = options;
  const state = openHeight(options, 1, null);
  const disk = { record: null, chain: [] };
  return {
    index,
    validator,
    faulty,
    disk,
    up: true,
    gone: false,
    incarnation: 0,
    state,
    early: [],
    position: 0,
    floor: 0,
  };
}

function openHeight(options: ReplicaOptions, height: number, record: SignRecord | null): HeightState {
  const { validators, mutant, validator } = options;
  const signer: CoreSigner = { validator, signVote: () => SIGNATURE, signProposal: () => SIGNATURE };
  const proposer = (round: number): Account => proposerAt(validators, height, round);
  const heightOptions = { chainId: CHAIN_ID, height, validators, proposer, signer };
  const state = record === null ? newHeight(heightOptions) : restoreHeight(heightOptions, record);
  mutant.opened?.(state);
  return state;
}

/** The next height, after a decision. */
export function openNext(replica: Replica, options: ReplicaOptions): void {
  replica.state = openHeight(options, replica.disk.chain.length + 1, null);
}

/** A new process with nothing but the disk, as the node starts: an older record is of no use. */
export function restart(replica: Replica, options: ReplicaOptions): void {
  const height = replica.disk.chain.length + 1;
  const { record } = replica.disk;
  const kept = record?.height === height ? decode(SignRecord, encode(SignRecord, record)) : null;
  replica.up = true;
  replica.early = [];
  replica.state = openHeight(options, height, kept);
  replica.position = positionOf(replica.state);
}

export function stepReplica(replica: Replica, input: Input, mutant: Mutant): Effect[] {
  const effects = step(replica.state, input, mutant.rules ?? RULES);
  mutant.stepped?.(replica.state);
  return mutant.effects === undefined ? effects : mutant.effects(effects);
}

const STEP_ORDER = { propose: 0, prevote: 1, precommit: 2 } as const;

export function positionOf({ options, round, step }: HeightState): number {
  return (options.height * 100_000 + round + 1) * 4 + STEP_ORDER[step];
}

export const blockNamed = (number: number): Hex => `0x${number.toString(16).padStart(64, '0')}`;
