/** What installs versions of the ledger, and calls it. */
import { type Code, codeName, type Installation, type KernelCall } from '../../chain/index.ts';
import { builtins } from '../../consensus/index.ts';
import { type ConsensusModule, encode, type Hex } from '../../consensus/interface/index.ts';
import { NoArgs, Params } from './ledgerModule.ts';

export { ledger, moveRows, Params, type Version } from './ledgerModule.ts';

export const LEDGER = 9;

/** A hash that only says which version is meant. */
export const hashOfVersion = ({ info }: ConsensusModule): Hex =>
  `0x${Buffer.from(codeName(info)).toString('hex').padEnd(64, '0').slice(0, 64)}`;

/** All of these at once, and what comes with a node. */
export function codeOf(...modules: readonly ConsensusModule[]): Code {
  const byHash = new Map(modules.map(module => [hashOfVersion(module), module]));
  return { get: (_, pinned) => byHash.get(pinned.codeHash) ?? builtins[codeName(pinned)] };
}

export const installationOf = (
  module: ConsensusModule,
  activationEpoch: number,
  more: Partial<Installation> = {},
): Installation => ({
  id: LEDGER,
  name: module.info.name,
  version: module.info.version,
  stateVersion: module.info.stateVersion,
  codeHash: hashOfVersion(module),
  capabilities: module.info.requires,
  mintCap: 0n,
  params: encode(Params, { start: 5 }),
  activationEpoch,
  ...more,
});

export const install = (installation: Installation): KernelCall => ({
  kind: 'installConsensus',
  ...installation,
});

export const callLedger = (method: string, value = 0n): KernelCall => ({
  kind: 'call',
  consensus: LEDGER,
  method,
  args: encode(NoArgs, {}),
  value,
});
