import { CAPABILITIES } from '../../../consensus/interface/index.ts';
import { chainError } from '../../errors.ts';
import type { ConsensusEntry, Installation } from '../../format/entities.ts';
import { LIMITS } from '../../format/limits.ts';
import type { CallOf } from '../../format/transaction.ts';
import type { StateReader } from '../../state/index.ts';
import { type CallContext, emit, nextEpoch } from '../context.ts';
import { getConsensus, getInstallation, listConsensus, listInstallations } from '../getters.ts';
import { installations } from '../tables.ts';
import { isHigher, isVersion } from '../version.ts';

/** An installation is due at most this many epochs ahead, so that it does not wait for ever. */
const MAX_AHEAD = 10_000;
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Announces a consensus module, or a higher version of one; `activate.ts` brings it into force. */
export function installConsensus(
  context: CallContext,
  { kind: _, ...installation }: CallOf<'installConsensus'>,
): void {
  requireAuthority(context);
  requireSound(context, installation);
  const { id, name, version, codeHash, activationEpoch } = installation;
  const current = getConsensus(context.draft, id);
  if (current === undefined) requireRoom(context.draft, id);
  else requireUpgrade(current, installation);
  installations.put(context.draft, installation, id);
  emit(context, 'ConsensusInstalled', { consensus: id, name, version, codeHash, activationEpoch });
}

/** Takes back what is not in force yet, also while it waits for the code before it. */
export function cancelConsensus(context: CallContext, { id }: CallOf<'cancelConsensus'>): void {
  requireAuthority(context);
  const installation = getInstallation(context.draft, id);
  if (installation === undefined) throw chainError('NOTHING_INSTALLED', { consensus: id });
  installations.delete(context.draft, id);
  const { name, version } = installation;
  emit(context, 'ConsensusCancelled', { consensus: id, name, version });
}

function requireAuthority({ parameters, sender }: CallContext): void {
  if (parameters.devAuthority === null) throw chainError('NO_GOVERNANCE');
  if (sender !== parameters.devAuthority) throw chainError('NOT_DEV_AUTHORITY');
}

function requireSound(
  context: CallContext,
  { name, version, capabilities, mintCap, activationEpoch: epoch }: Installation,
): void {
  if (!NAME.test(name)) throw chainError('BAD_CONSENSUS_NAME', { name });
  if (!isVersion(version)) throw chainError('BAD_CONSENSUS_VERSION', { version });
  const min = nextEpoch(context);
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
