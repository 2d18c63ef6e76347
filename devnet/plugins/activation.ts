/** Where announced code stands on the chain, and why it did not come into force. */
import type { Client, ConsensusInfo } from '../../node/client/index.ts';
import { codeHash, type Package } from '../../node/package/index.ts';
import { CliError } from '../errors.ts';
import { afterEachBlock } from './blocks.ts';
import type { Announced } from './install.ts';

/** Where an announced module stands on the chain. */
export type Stage = 'pending' | 'active' | 'gone';

type Standing = Pick<ConsensusInfo, 'id' | 'codeHash' | 'status'> & {
  readonly upgrade: Pick<NonNullable<ConsensusInfo['upgrade']>, 'codeHash'> | null;
};

export function stageOf(plugin: Package, id: number, known: readonly Standing[]): Stage {
  const hash = codeHash(plugin.code);
  const entry = known.find(one => one.id === id);
  if (entry?.upgrade?.codeHash === hash) return 'pending';
  if (entry?.codeHash !== hash) return 'gone';
  return entry.status === 'pending' ? 'pending' : 'active';
}

/** Resolves when it is known to the node that is asked and, if wanted, in force. Throws CliError NOT_ACTIVATED. */
export async function untilKnown(
  client: Client,
  plugin: Package,
  announced: Announced,
  wanted: 'announced' | 'active',
  signal?: AbortSignal,
): Promise<Stage> {
  const look = async (): Promise<Stage | undefined> => {
    const stage = stageOf(plugin, announced.id, await client.listConsensus());
    if (stage === 'gone') throw await notActivated(client, plugin, announced);
    return wanted === 'announced' || stage === 'active' ? stage : undefined;
  };
  return afterEachBlock(client, look, signal);
}

/** With what the chain says about it. */
async function notActivated(
  client: Client,
  { manifest: { name, version }, code }: Package,
  { id, activeFrom }: Announced,
): Promise<CliError> {
  const failure = await failureOf(client, codeHash(code), activeFrom);
  const reason = failure === null ? '' : `: ${failure.code}: ${failure.message}`;
  return new CliError(
    'NOT_ACTIVATED',
    `${name} ${version} did not come into force under the id ${id} in epoch ${activeFrom}${reason}`,
    failure === null
      ? 'something else was announced in its place, or it was cancelled; what was in force goes on'
      : `what was in force goes on, nothing was changed. ${HINTS[failure.code] ?? 'docs/protocol/registry.md tells what each code means'}`,
  );
}

const HINTS: Readonly<Record<string, string>> = {
  ACTIVATION_FAULT:
    'genesis or migrate threw or gave no answer: the log of each node has the error with its line (devnet logs), devnet plugin check finds the input',
  DRAIN_OVERDUE: 'the code in force did not finish its closes within an epoch: install it again',
  NO_MIGRATION: 'write migrate(block, view, fromStateVersion)',
  MISSING_CAPABILITY: 'name it under capabilities in module.toml',
};

interface ActivationFailure {
  readonly codeHash: string;
  readonly code: string;
  readonly message: string;
}

/** Blocks of an epoch in which an activation may still be waiting for closes; far more than it takes. */
const MOST_BLOCKS = 200;

/** What the block says in which it was given up; null where none does. */
async function failureOf(client: Client, hash: string, epoch: number): Promise<ActivationFailure | null> {
  const current = await client.getCurrentEpoch();
  if (current.epoch < epoch) return null;
  const [{ startHeight }, { height: top }] = await Promise.all([
    current.epoch === epoch ? current : client.getEpoch({ epoch }),
    client.getHead(),
  ]);
  for (let height = startHeight; height <= Math.min(top, startHeight + MOST_BLOCKS); height++) {
    const { events } = await client.getBlock({ block: height });
    for (const { source, name, data } of events) {
      if (source !== null || name !== 'ConsensusActivationFailed') continue;
      const failure = data as ActivationFailure;
      if (failure.codeHash === hash) return failure;
    }
  }
  return null;
}
