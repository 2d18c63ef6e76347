import { type Genesis, getEpoch, listConsensus, type Mechanisms, type StateReader } from '../chain/index.ts';
import { builtinCodeHash, builtins } from '../consensus/index.ts';
import type { ConsensusModule, Hex } from '../consensus/interface/index.ts';
import { NodeError } from './errors.ts';

/** The code of the consensus modules that a genesis names. Throws {@link NodeError} CONSENSUS_CODE_MISSING. */
export const loadMechanisms = (genesis: Genesis): Mechanisms =>
  new Map(genesis.consensus.map(entry => [entry.id, wantedBuiltin(entry)]));

/** Code as the chain pins it. */
export interface WantedCode {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly codeHash: Hex;
}

/** The code that comes with this node. Throws {@link NodeError} CONSENSUS_CODE_MISSING. */
export function wantedBuiltin(wanted: WantedCode): ConsensusModule {
  const module = builtins[`${wanted.name}@${wanted.version}`];
  if (module === undefined) throw missingCode(wanted, 'this node does not have it');
  const hash = builtinCodeHash(module);
  if (hash !== wanted.codeHash) throw missingCode(wanted, `this node has code with the hash ${hash}`);
  return module;
}

/**
 * Stops a node before a block that it could not execute: every consensus module that is active now or from the next
 * epoch on needs its code here. Throws {@link NodeError} CONSENSUS_CODE_MISSING.
 */
export function requireCode(state: StateReader, mechanisms: Mechanisms): void {
  const next = getEpoch(state).number + 1;
  for (const entry of listConsensus(state))
    if (entry.activationEpoch <= next && !mechanisms.has(entry.id))
      throw missingCode(
        entry,
        `it is active from epoch ${entry.activationEpoch} on and this node does not have it`,
      );
}

export function missingCode({ id, name, version, codeHash }: WantedCode, reason: string): NodeError {
  return new NodeError(
    'CONSENSUS_CODE_MISSING',
    `consensus module ${id} is ${name}@${version} with code hash ${codeHash}: ${reason}`,
    'install the version of devnet, or the plugin, that brings this code',
  );
}
