import { CAPABILITIES, type Hex } from '../../consensus/interface/index.ts';
import { hashOf } from '../crypto/index.ts';
import { ChainError, GenesisError } from '../errors.ts';
import type { ConsensusEntry, ValidatorSet } from '../format/entities.ts';
import { Genesis } from '../format/genesis.ts';
import { Draft, State } from '../state/index.ts';
import { type Asking, answeredHere, ask } from './ask.ts';
import { powers } from './elect.ts';
import { requireGenesis } from './genesisRules.ts';
import { codeName, findMechanism } from './mechanism.ts';
import { credit } from './money.ts';
import { applyOutcome } from './outcome.ts';
import { seatFirst } from './seats.ts';
import { putFirstStake } from './stakeRows.ts';
import { consensusEntries, epochs, parameters, supplies, validatorSets } from './tables.ts';
import type { Code } from './types.ts';
import { viewOf } from './view.ts';

/** The name of a chain: parent hash of its first block, and part of the p2p handshake. */
export const genesisHash = (genesis: Genesis): Hex => hashOf(Genesis, genesis);

export interface GenesisState {
  /** Before the first block, at height 0. */
  readonly state: State;
  readonly hash: Hex;
  /** Who votes on blocks 1 and 2. */
  readonly validators: ValidatorSet;
  readonly nextValidators: ValidatorSet;
}

/** The state from which the first block starts. Throws {@link GenesisError}. */
export const genesisState = (genesis: Genesis, code: Code): GenesisState =>
  answeredHere(genesisExecution(genesis, code), code);

/** {@link genesisState} for whoever answers its questions. */
export function* genesisExecution(genesis: Genesis, code: Code): Asking<GenesisState> {
  requireGenesis(genesis);
  const draft = new Draft(State.empty);
  const validators = powers(genesis.validators);
  parameters.put(draft, genesis);
  epochs.put(draft, {
    number: 0,
    startHeight: 1,
    startTime: genesis.time,
    length: genesis.epochLength,
    endsNow: false,
  });
  for (const ahead of [0, 1, 2]) validatorSets.put(draft, validators, ahead);
  seatFirst(draft, validators);
  putMoney(draft, genesis);
  for (const entry of genesis.consensus) yield* putConsensus(draft, entry, code);
  return {
    state: State.empty.with(draft.changes()),
    hash: genesisHash(genesis),
    validators,
    nextValidators: validators,
  };
}

/** Free balances, and the stake of the validators on themselves, which exists beside them. */
function putMoney(draft: Draft, { accounts, validators }: Genesis): void {
  for (const { account, free } of accounts) credit(draft, account, free);
  for (const { validator, stake } of validators) putFirstStake(draft, validator, stake);
  const free = accounts.reduce((sum, account) => sum + account.free, 0n);
  const total = validators.reduce((sum, { stake }) => sum + stake, free);
  supplies.put(draft, { total, minted: 0n, burned: 0n });
}

function* putConsensus(draft: Draft, listed: Genesis['consensus'][number], code: Code): Asking<void> {
  const { params, ...registered } = listed;
  const entry: ConsensusEntry = {
    ...registered,
    activationEpoch: 0,
    mintedThisEpoch: 0n,
    bond: 0n,
    pot: 0n,
    closing: [],
  };
  requireCapabilities(entry, code);
  consensusEntries.put(draft, entry, entry.id);
  yield* start(draft, entry, params, code);
}

function requireCapabilities(entry: ConsensusEntry, code: Code): void {
  const name = codeName(entry);
  const info = findMechanism(entry.id, entry, code)?.info;
  if (info === undefined || info.stateVersion !== entry.stateVersion)
    throw new GenesisError('MISSING_MECHANISM', `this node has not loaded ${name} as ${entry.id}`);
  const known: readonly string[] = CAPABILITIES;
  const unknown = entry.capabilities.find(capability => !known.includes(capability));
  if (unknown !== undefined)
    throw new GenesisError('UNKNOWN_CAPABILITY', `${name}: there is no capability ${unknown}`);
  const missing = info.requires.find(capability => !entry.capabilities.includes(capability));
  if (missing !== undefined)
    throw new GenesisError('MISSING_CAPABILITY', `${name} requires the capability ${missing}`);
}

/** Runs the module's own genesis. Its events are not kept: no block holds them. */
function* start(draft: Draft, entry: ConsensusEntry, params: Uint8Array, code: Code): Asking<void> {
  const place = { consensus: entry.id, method: 'genesis', sender: null };
  try {
    const view = viewOf(draft, entry.id);
    const work = { kind: 'genesis', params, block: null, view } as const;
    const outcome = yield* ask({ place, code: entry, transaction: null, work });
    if (!outcome.ok) throw new GenesisError('MODULE_REFUSED', `${entry.name}: ${outcome.message}`);
    applyOutcome({ draft, code, events: [] }, entry, outcome);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    throw new GenesisError('MODULE_REFUSED', `${entry.name}: ${error.message}`);
  }
}
