/** The consensus modules that every node brings along. */
import { createHash } from 'node:crypto';
import { cells, defaultParams } from './cells/index.ts';
import { consensus0 } from './consensus-0/index.ts';
import type { Account, Capability, ConsensusModule, Hex } from './interface/index.ts';
import { encode } from './interface/index.ts';

export { cells } from './cells/index.ts';
export { consensus0 } from './consensus-0/index.ts';

const nameOf = ({ info }: ConsensusModule): string => `${info.name}@${info.version}`;

/** By `name@version`. */
export const builtins: Readonly<Record<string, ConsensusModule>> = Object.fromEntries(
  [consensus0, cells].map(module => [nameOf(module), module]),
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

/** Built-in modules that a chain can have besides consensus-0, by name. */
export const OPTIONAL_BUILTINS = ['cells'] as const;
export type OptionalBuiltin = (typeof OPTIONAL_BUILTINS)[number];

/** Its code, and parameters for a chain without wishes of its own, where `governor` decides what one has to decide. */
const OPTIONAL: Readonly<
  Record<OptionalBuiltin, (governor: Account | null) => { module: ConsensusModule; params: unknown }>
> = {
  cells: governor => ({ module: cells, params: defaultParams(governor) }),
};

/** The code of an optional built-in module with those parameters. */
export const optionalBuiltin = (name: OptionalBuiltin, governor: Account | null) => OPTIONAL[name](governor);

const entryOf = (id: number, module: ConsensusModule, params: unknown): BuiltinEntry => ({
  id,
  name: module.info.name,
  version: module.info.version,
  stateVersion: module.info.stateVersion,
  codeHash: builtinCodeHash(module),
  capabilities: module.info.requires,
  mintCap: 0n,
  params: encode(module.params, params),
});

/** The genesis' table of consensus modules for a new chain: consensus-0 under id 0, and those others from id 1 on. */
export const builtinGenesis = (
  others: readonly OptionalBuiltin[] = [],
  governor: Account | null = null,
): readonly BuiltinEntry[] => [
  entryOf(0, consensus0, {}),
  ...others.map((name, index) => {
    const { module, params } = optionalBuiltin(name, governor);
    return entryOf(index + 1, module, params);
  }),
];
