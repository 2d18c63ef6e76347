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
import { usageError } from '../errors.ts';

/** What the operator decides about a consensus module; what is absent follows from the chain. */
export interface Wishes {
  readonly id: number | undefined;
  /** Epoch. */
  readonly from: number | undefined;
  /** JSON after the codec of the parameters. */
  readonly params: unknown;
  /** Base units in one epoch; an upgrade keeps the cap of what is in force where this is undefined. */
  readonly mintCap: bigint | undefined;
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
  return own[0] ?? freeId(known);
}

/** The lowest one. */
export function freeId(known: readonly Pick<ConsensusInfo, 'id'>[]): number {
  const taken = new Set(known.map(({ id }) => id));
  let id = 0;
  while (taken.has(id)) id++;
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
  const before = known.find(entry => entry.id === id);
  const { capabilities } = plugin.manifest;
  await keepCode(root, plugin);
  const { activeFrom } = await inTime(wishes.from, () =>
    client.installConsensus({
      id,
      name,
      version,
      codeHash: codeHash(plugin.code),
      // What the manifest tells the operator is what the code gets.
      capabilities,
      mintCap: wishes.mintCap ?? (capabilities.includes('mint') ? before?.mintCap : undefined),
      params: wishes.params,
      epoch: wishes.from,
    }),
  );
  await writePlugin(root, plugin);
  return { id, activeFrom, isUpgrade: before !== undefined && before.status !== 'pending' };
}

/** The next epoch may have begun by the time that the chain decides: then it is asked for the one after. */
const ATTEMPTS = 3;

export async function inTime<T>(epoch: number | undefined, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const late = error instanceof Error && error.message.startsWith('ACTIVATION_OUT_OF_RANGE');
      if (!late || epoch !== undefined || attempt === ATTEMPTS) throw error;
    }
  }
}
