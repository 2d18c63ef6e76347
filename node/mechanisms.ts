/** Which code of consensus modules a chain needs, and what a node says that lacks some. */
import { join } from 'node:path';
import {
  codeName,
  epochOf,
  type Genesis,
  getEpoch,
  listConsensus,
  listInstallations,
  type Mechanisms,
  type PinnedCode,
  type StateReader,
} from '../chain/index.ts';
import { builtinCodeHash, builtins } from '../consensus/index.ts';
import type { ConsensusModule } from '../consensus/interface/index.ts';
import { NodeError } from './errors.ts';

/** The code of the consensus modules that a genesis names. Throws {@link NodeError} CONSENSUS_CODE_MISSING. */
export const loadMechanisms = (genesis: Genesis): Mechanisms =>
  new Map(genesis.consensus.map(entry => [entry.id, wantedBuiltin(entry)]));

/** Code as the chain pins it. */
export interface WantedCode extends PinnedCode {
  readonly id: number;
}

/** The code that comes with this node. Throws {@link NodeError} CONSENSUS_CODE_MISSING. */
export function wantedBuiltin(wanted: WantedCode): ConsensusModule {
  const module = builtins[codeName(wanted)];
  if (module === undefined) throw missingCode(wanted, 'this node does not have it');
  const hash = builtinCodeHash(module);
  if (hash !== wanted.codeHash) throw missingCode(wanted, `this node has code with the hash ${hash}`);
  return module;
}

/**
 * Without this code the next block on top of a state cannot be executed: what is in force, and what comes into force
 * with it. `time` is the block's.
 */
export function codeForNext(state: StateReader, height: number, time: number): readonly WantedCode[] {
  const epoch = epochOf(getEpoch(state), height, time).number;
  const due = listInstallations(state).filter(({ activationEpoch }) => activationEpoch <= epoch);
  return [...listConsensus(state), ...due];
}

/** The same, with what comes into force later. */
export const codeForLater = (state: StateReader): readonly WantedCode[] => [
  ...listConsensus(state),
  ...listInstallations(state),
];

export function missingCode(wanted: WantedCode, reason: string, directory?: string): NodeError {
  const { id, name, codeHash } = wanted;
  const where = directory === undefined ? 'the plugins directory' : join(directory, name);
  return new NodeError(
    'CONSENSUS_CODE_MISSING',
    `consensus module ${id} is ${codeName(wanted)} with code hash ${codeHash}: ${reason}`,
    `put its module.toml and its code into ${where}, or run the version of devnet that brings it`,
  );
}
