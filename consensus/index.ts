/** The consensus modules that every node brings along. */
import { createHash } from 'node:crypto';
import { consensus0 } from './consensus-0/index.ts';
import type { Capability, ConsensusModule, Hex } from './interface/index.ts';
import { encode } from './interface/index.ts';

export { consensus0 } from './consensus-0/index.ts';

const nameOf = ({ info }: ConsensusModule): string => `${info.name}@${info.version}`;

/** By `name@version`. */
export const builtins: Readonly<Record<string, ConsensusModule>> = Object.fromEntries(
  [consensus0].map(module => [nameOf(module), module]),
);

/**
 * What the chain pins as the code hash of a built-in module: sha256 of `name@version`. Its code is the node's own, so
 * there is no file to hash; a change of behaviour needs a new version.
 */
export const builtinCodeHash = (module: ConsensusModule): Hex =>
  `0x${createHash('sha256').update(nameOf(module)).digest('hex')}`;

/** One entry of a genesis' table of consensus modules. */
export interface BuiltinEntry {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly stateVersion: number;
  readonly codeHash: Hex;
  readonly capabilities: readonly Capability[];
  readonly mintCap: bigint;
  readonly params: Uint8Array;
}

/** The genesis' table of consensus modules for a new chain: consensus-0 under id 0. */
export const builtinGenesis = (): readonly BuiltinEntry[] => [
  {
    id: 0,
    name: consensus0.info.name,
    version: consensus0.info.version,
    stateVersion: consensus0.info.stateVersion,
    codeHash: builtinCodeHash(consensus0),
    capabilities: consensus0.info.requires,
    mintCap: 0n,
    params: encode(consensus0.params, {}),
  },
];
