/** One round of work on a plugin: from what was saved to code that every node of a running devnet executes. */
import { performance } from 'node:perf_hooks';
import type { ConsensusModule } from '../../../consensus/interface/index.ts';
import type { Client } from '../../../node/client/index.ts';
import { codeHash, type Package } from '../../../node/package/index.ts';
import { checkSources } from '../../check/sources.ts';
import { CliError } from '../../errors.ts';
import { untilKnown } from '../activation.ts';
import { untilEverywhere } from '../everywhere.ts';
import { type Announced, announce } from '../install.ts';
import { buildPackage, readManifest } from '../package.ts';
import { runTests } from '../runTests.ts';
import { describeCode } from './describeCode.ts';
import type { ActiveEvent, DevEvent } from './events.ts';
import { RESET, type StorageFate, storageFate } from './storage.ts';
import { type Choice, type Target, targetOf } from './target.ts';
import { checkTypes } from './typeCheck.ts';
import { nextDevVersion } from './version.ts';

export interface RoundOptions {
  /** With the manifest. */
  readonly folder: string;
  /** The plugins directory of the nodes. */
  readonly root: string;
  /** For a plugin of this name. */
  readonly choose: (name: string) => RoundChoice;
  /** JSON after the codec of the parameters; for a new id. */
  readonly params: unknown;
  /** Base units in one epoch. */
  readonly mintCap: bigint | undefined;
  readonly advance: boolean;
  readonly test: boolean;
  readonly report: (event: DevEvent) => void;
  /** Told what the code is made of as soon as that is known. */
  readonly onInputs: (files: readonly string[]) => Promise<void>;
  readonly onStanding: (standing: Standing) => void;
}

export interface RoundChoice extends Choice {
  /** Versions that were announced before, also those that did not come into force. */
  readonly used: readonly string[];
}

/** How far a round has come on the chain. */
export interface Standing {
  readonly name: string;
  readonly id: number;
  /** The version; null where nothing is. */
  readonly inForce: string | null;
  /** The version that the chain brings into force by itself, whatever becomes of this process. */
  readonly announced: string | null;
}

/**
 * Throws errors with a hint for whatever the author, the devnet or its chain has against it, and the signal's reason.
 * Whatever is thrown, what was in force goes on.
 */
export async function round(
  client: Client,
  options: RoundOptions,
  signal: AbortSignal,
): Promise<ActiveEvent> {
  const started = performance.now();
  const { folder, report } = options;
  const { manifest } = await readManifest(folder);
  const { name, provides } = manifest;
  if (provides !== 'consensus')
    throw new CliError(
      'NOT_CONSENSUS',
      `${name} is a service: it has no code on the chain`,
      'devnet plugin pack and devnet plugin install: nodes that run take up the new code by themselves',
    );
  const choice = options.choose(name);
  const target = targetOf(name, await client.listConsensus(), choice);
  const { id } = target;
  const inForce = target.before?.version ?? null;
  const stand = (announced: string | null, now = inForce): void =>
    options.onStanding({ name, id, inForce: now, announced });
  stand(target.announced);
  const version = nextDevVersion(manifest.version, [...target.versions, ...choice.used]);
  report({ event: 'building', name, version, id });
  const { plugin, inputs } = await buildPackage(folder, version);
  await options.onInputs(inputs);
  const { state } = await judged(plugin, target, options, signal);
  signal.throwIfAborted();
  const announced = await send(client, plugin, target, options);
  stand(version);
  await untilInForce(client, plugin, announced, options, signal).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.name !== 'NOT_ACTIVATED') throw error;
    stand(null);
    // Storage that could not be taken over need not be.
    throw state.kept ? new CliError(error.name, error.message, `${error.hint}; ${RESET}`) : error;
  });
  stand(null, version);
  const { nodes, away, height } = await untilEverywhere(client, plugin, id, signal);
  return {
    event: 'active',
    id,
    name,
    version,
    codeHash: codeHash(plugin.code),
    before: inForce,
    epoch: (await client.getCurrentEpoch()).epoch,
    height,
    nodes,
    away,
    state,
    ms: Math.round(performance.now() - started),
  };
}

/** What can be known before a node is asked: types, tests, what the code says of itself. */
async function judged(
  plugin: Package,
  target: Target,
  { folder, test, report }: RoundOptions,
  signal: AbortSignal,
): Promise<{ readonly state: StorageFate }> {
  const [unchecked, module, unknown] = await Promise.all([
    checkTypes(folder, signal),
    describeCode(plugin, target.id),
    refuseSources(folder, plugin),
  ]);
  if (unknown !== null) report({ event: 'skipped', what: 'sources', why: unknown });
  if (unchecked !== null) report({ event: 'skipped', what: 'types', why: unchecked });
  requireCapabilities(plugin, module);
  const { stateVersion } = module.info;
  const { name, version } = plugin.manifest;
  const migrates = module.migrate !== undefined;
  const state = storageFate(target.before, { name, version, stateVersion, migrates });
  if (!test) return { state };
  const { passed, failed, skipped } = await runTests(folder, process.stderr, signal);
  if (failed > 0)
    throw new CliError('TESTS_FAILED', `${passed} passed, ${failed} failed`, 'what failed stands above');
  report({ event: 'tested', passed, skipped });
  return { state };
}

/** Nodes whose code reads a clock or dice do not agree on a block. Null when that was looked for, else why it was not. */
async function refuseSources(folder: string, { manifest, code }: Package): Promise<string | null> {
  const { row, ended } = await checkSources(folder, code);
  if (row === null) return ended.how === 'hang' ? 'a call of it takes too long' : ended.words;
  if (row.code !== 'FORBIDDEN_SOURCE') return row.status === 'failed' ? `${row.code}: ${row.reason}` : null;
  throw new CliError(
    'FORBIDDEN_SOURCE',
    [`${row.at === null ? manifest.name : row.at}: ${row.reason}`, ...row.input].join('\n    '),
    'every node must come to the same bytes: take time and numbers from the block; devnet plugin check says more',
  );
}

/** The code gets what its manifest tells operators, and the chain refuses code that requires more. */
function requireCapabilities({ manifest }: Package, { info }: ConsensusModule): void {
  const missing = info.requires.filter(each => !manifest.capabilities.includes(each));
  if (missing.length === 0) return;
  throw new CliError(
    'MISSING_CAPABILITY',
    `${manifest.name} requires ${missing.join(', ')}, and module.toml does not name that`,
    'add it to capabilities in module.toml, or take it out of requires in src/index.ts',
  );
}

async function send(
  client: Client,
  plugin: Package,
  { id, before }: Target,
  { root, params, mintCap }: RoundOptions,
): Promise<Announced> {
  const wishes = { id, from: undefined, params: before === null ? params : undefined, mintCap };
  try {
    return await announce(client, root, plugin, wishes);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'INVALID_PARAMS' || before !== null) throw error;
    throw new CliError(
      'INVALID_PARAMS',
      error.message,
      `a new id needs the parameters of its genesis: --params '{"name":value}'`,
    );
  }
}

async function untilInForce(
  client: Client,
  plugin: Package,
  announced: Announced,
  { advance, report }: RoundOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name, version } = plugin.manifest;
  const { id, activeFrom: fromEpoch } = announced;
  const [{ epoch, startHeight, length }, { height }] = await Promise.all([
    client.getCurrentEpoch(),
    client.getHead(),
  ]);
  const left = Math.max(1, startHeight + length * (fromEpoch - epoch) - height);
  const blocks = advance || epoch >= fromEpoch ? 0 : left;
  report({
    event: 'announced',
    id,
    name,
    version,
    codeHash: codeHash(plugin.code),
    fromEpoch,
    blocks,
  });
  if (advance && epoch < fromEpoch) await client.advanceEpoch({ epochs: fromEpoch - epoch });
  await untilKnown(client, plugin, announced, 'active', signal);
}
