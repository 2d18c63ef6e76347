/** What may be announced as a consensus module, whoever announces it: the dev authority or a proposal that passed. */
import { CAPABILITIES } from '../../consensus/interface/index.ts';
import { chainError } from '../errors.ts';
import type { ChainEvent } from '../format/block.ts';
import type { ConsensusEntry, Installation } from '../format/entities.ts';
import { LIMITS } from '../format/limits.ts';
import type { StateReader } from '../state/index.ts';
import { type BlockContext, emit } from './context.ts';
import { getConsensus, getInstallation, listConsensus, listInstallations } from './getters.ts';
import { installations } from './tables.ts';
import { isHigher, isVersion } from './version.ts';

/** An installation is due at most this many epochs ahead, so that it does not wait for ever. */
const MAX_AHEAD = 10_000;
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

type Announcing = Pick<BlockContext, 'draft' | 'epoch'> & { readonly events: ChainEvent[] };

/** `activate.ts` brings it into force. One of the same id that waits is replaced. */
export function announce(context: Announcing, installation: Installation): void {
  requireInstallable(context.draft, installation, context.epoch.number + 1);
  const { id, name, version, codeHash, activationEpoch } = installation;
  installations.put(context.draft, installation, id);
  emit(context, 'ConsensusInstalled', { consensus: id, name, version, codeHash, activationEpoch });
}

/** Takes back what is not in force yet, also while it waits for the code before it. */
export function takeBack(context: Announcing, id: number): void {
  const { name, version } = requireInstalled(context.draft, id);
  installations.delete(context.draft, id);
  emit(context, 'ConsensusCancelled', { consensus: id, name, version });
}

export function requireInstalled(state: StateReader, id: number): Installation {
  const installation = getInstallation(state, id);
  if (installation === undefined) throw chainError('NOTHING_INSTALLED', { consensus: id });
  return installation;
}

/** `min` is the first epoch with which it can come into force. */
export function requireInstallable(state: StateReader, installation: Installation, min: number): void {
  requireSound(installation, min);
  const current = getConsensus(state, installation.id);
  if (current === undefined) requireRoom(state, installation.id);
  else requireUpgrade(current, installation);
}

function requireSound(
  { name, version, capabilities, mintCap, activationEpoch: epoch }: Installation,
  min: number,
): void {
  if (!NAME.test(name)) throw chainError('BAD_CONSENSUS_NAME', { name });
  if (!isVersion(version)) throw chainError('BAD_CONSENSUS_VERSION', { version });
  const max = min + MAX_AHEAD;
  if (epoch < min || epoch > max) throw chainError('ACTIVATION_OUT_OF_RANGE', { epoch, min, max });
  requireCapabilities(capabilities);
  if (mintCap > 0n && !capabilities.includes('mint'))
    throw chainError('MINT_CAP_WITHOUT_MINT', { cap: mintCap });
}

function requireCapabilities(capabilities: readonly string[]): void {
  const known: readonly string[] = CAPABILITIES;
  for (const [index, capability] of capabilities.entries()) {
    if (!known.includes(capability)) throw chainError('UNKNOWN_CAPABILITY', { capability });
    if (capabilities.indexOf(capability) !== index) throw chainError('DUPLICATE_CAPABILITY', { capability });
  }
}

function requireRoom(state: StateReader, id: number): void {
  const ids = new Set([...listConsensus(state), ...listInstallations(state)].map(entry => entry.id));
  const max = LIMITS.consensusModules;
  if (!ids.has(id) && ids.size >= max) throw chainError('TOO_MANY_CONSENSUS', { max });
}

function requireUpgrade(
  current: ConsensusEntry,
  { id, name, version, stateVersion, params }: Installation,
): void {
  if (name !== current.name)
    throw chainError('OTHER_CONSENSUS_NAME', { consensus: id, current: current.name, name });
  if (!isHigher(version, current.version))
    throw chainError('CONSENSUS_DOWNGRADE', { consensus: id, current: current.version, version });
  if (stateVersion < current.stateVersion)
    throw chainError('STATE_DOWNGRADE', {
      consensus: id,
      current: current.stateVersion,
      wanted: stateVersion,
    });
  if (params.length > 0) throw chainError('UPGRADE_WITH_PARAMS', { bytes: params.length });
}
