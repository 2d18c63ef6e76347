/** From a packed plugin to code that the nodes of a devnet have, and that its chain knows. */
import type { Account } from '../../consensus/interface/index.ts';
import type { Client, ConsensusInfo } from '../../node/client/index.ts';
import {
  type Approval,
  codeHash,
  judgeSignatures,
  keepCode,
  type Package,
  PackageError,
  writePlugin,
} from '../../node/package/index.ts';
import { CliError, usageError } from '../errors.ts';

/** What the operator decides about a consensus module; what is absent follows from the chain. */
export interface Wishes {
  readonly id: number | undefined;
  /** Epoch. */
  readonly from: number | undefined;
  /** JSON after the codec of the parameters. */
  readonly params: unknown;
  /** Base units in one epoch. */
  readonly mintCap: bigint;
}

export interface Announced {
  readonly id: number;
  /** Epoch. */
  readonly activeFrom: number;
  /** Whether the id was in force before. */
  readonly isUpgrade: boolean;
}

/** Throws {@link PackageError} NOT_TRUSTED, and BAD_SIGNATURE whatever is allowed. */
export function requireApproval(
  { manifest }: Package,
  trusted: ReadonlySet<Account>,
  allowUnsigned: boolean,
): Approval {
  const approval = judgeSignatures(manifest, trusted);
  if (approval.approved || allowUnsigned) return approval;
  const { signatures, name, version } = manifest;
  throw new PackageError(
    'NOT_TRUSTED',
    signatures === undefined
      ? `${name} ${version} asks for no signatures, so nobody vouches for it`
      : `${name} ${version} needs signatures of ${approval.needed} maintainers who are trusted here, and has ${approval.trusted.length}`,
    signatures === undefined
      ? 'install it with --allow-unsigned if you know where it comes from'
      : 'devnet plugin inspect shows who signed; name those you trust with --trust, or install it with --allow-unsigned',
  );
}

/** An id that runs a module of this name is upgraded; else the lowest free one. Throws CliError USAGE. */
export function idFor(name: string, known: readonly Pick<ConsensusInfo, 'id' | 'name'>[]): number {
  const own = known.filter(entry => entry.name === name).map(({ id }) => id);
  if (own.length > 1)
    throw usageError(`${name} stands under the ids ${own.join(' and ')}`, 'say which one with --id');
  const taken = new Set(known.map(({ id }) => id));
  let id = own[0] ?? 0;
  if (own.length === 0) while (taken.has(id)) id++;
  return id;
}

/**
 * Announces a consensus module. The nodes get the code under its hash first, and it takes its folder when the chain has
 * accepted it: what is refused replaces nothing.
 */
export async function announce(
  client: Client,
  root: string,
  plugin: Package,
  wishes: Wishes,
): Promise<Announced> {
  const { name, version } = plugin.manifest;
  const known = await client.listConsensus();
  const id = wishes.id ?? idFor(name, known);
  await keepCode(root, plugin);
  const { activeFrom } = await inTime(wishes.from, () =>
    client.installConsensus({
      id,
      name,
      version,
      codeHash: codeHash(plugin.code),
      // What the manifest tells the operator is what the code gets.
      capabilities: plugin.manifest.capabilities,
      mintCap: wishes.mintCap,
      params: wishes.params,
      epoch: wishes.from,
    }),
  );
  await writePlugin(root, plugin);
  return { id, activeFrom, isUpgrade: known.some(entry => entry.id === id && entry.status !== 'pending') };
}

/** The next epoch may have begun by the time that the chain decides: then it is asked for the one after. */
const ATTEMPTS = 3;

async function inTime<T>(epoch: number | undefined, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const late = error instanceof Error && error.message.startsWith('ACTIVATION_OUT_OF_RANGE');
      if (!late || epoch !== undefined || attempt === ATTEMPTS) throw error;
    }
  }
}

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
  { id, activeFrom }: Announced,
  wanted: 'announced' | 'active',
): Promise<Stage> {
  const { manifest } = plugin;
  const look = async (): Promise<Stage | undefined> => {
    const stage = stageOf(plugin, id, await client.listConsensus());
    if (stage === 'gone')
      throw new CliError(
        'NOT_ACTIVATED',
        `${manifest.name} ${manifest.version} did not come into force under the id ${id} in epoch ${activeFrom}`,
        'the block in which the epoch began has the event ConsensusActivationFailed with the reason',
      );
    return wanted === 'announced' || stage === 'active' ? stage : undefined;
  };
  return afterEachBlock(client, look);
}

/** Asks now and after each block, until there is an answer. */
async function afterEachBlock<T>(client: Client, ask: () => Promise<T | undefined>): Promise<T> {
  let heard = 0;
  let failed: { readonly cause: unknown } | undefined;
  let wake = (): void => {};
  const stop = await client.subscribeBlocks({
    onBlock() {
      heard++;
      wake();
    },
    onError(cause) {
      failed = { cause };
      wake();
    },
  });
  try {
    for (;;) {
      const before = heard;
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (failed === undefined && heard === before)
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      if (failed !== undefined) throw failed.cause;
    }
  } finally {
    stop();
  }
}
