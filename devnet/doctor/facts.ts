/** What a check-up looks at on this machine. Nothing is judged here. */
import { existsSync, readdirSync, type Stats, statSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { availableParallelism, freemem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { probeIsolation } from '../../node/isolation/index.ts';
import type { Tier } from '../../node/package/index.ts';
import type { Settings } from '../config/settings.ts';
import { CliError } from '../errors.ts';
import { chainFilePath, readChainFile } from '../supervisor/chainFile.ts';
import { leftNodes } from '../supervisor/leftovers.ts';
import { isAlive, readOwner } from '../supervisor/lock.ts';
import { portsInUse } from '../supervisor/ports.ts';
import { readRunFile, runFilePath } from '../supervisor/runFile.ts';

export interface Facts {
  /** Of Node, without the v. */
  readonly node: string;
  readonly cores: number;
  /** Bytes. */
  readonly freeMemory: number;
  readonly nodes: number;
  readonly directory: string;
  readonly writable: boolean;
  /** Bytes that the file system of the directory has left. */
  readonly freeDisk: number;
  readonly ports: { readonly host: string; readonly inUse: readonly number[]; readonly asked: number };
  readonly isolation: { readonly tiers: readonly Tier[]; readonly missing: readonly Missing[] };
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the newest of the directory's files was written; null without any. */
  readonly newestFile: number | null;
  readonly chain: ChainFact;
  /** Process of the devnet that runs in the directory; null for none. */
  readonly supervisor: number | null;
  /** Nodes whose supervisor is gone. */
  readonly leftNodes: readonly { readonly index: number; readonly pid: number }[];
  /** A run.json whose supervisor is gone. */
  readonly staleRun: boolean;
}

interface Missing {
  readonly tier: Tier;
  readonly reason: string;
  readonly remedy: string;
}

export type ChainFact =
  | { readonly kind: 'none' }
  | { readonly kind: 'chain'; readonly chainId: string; readonly bytes: number }
  | { readonly kind: 'unreadable'; readonly message: string; readonly hint: string };

export async function gatherFacts({ dir, host, port, nodes }: Settings): Promise<Facts> {
  const directory = resolve(dir);
  const supervisor = runningSupervisor(directory);
  const place = nearestExisting(directory);
  const [{ bavail, bsize }, writable, inUse, isolation] = await Promise.all([
    statfs(place),
    canWrite(place),
    portsInUse(port, host, nodes),
    probeIsolation(),
  ]);
  const files = filesOf(directory);
  return {
    node: process.versions.node,
    cores: availableParallelism(),
    freeMemory: freemem(),
    nodes,
    directory,
    writable,
    freeDisk: bavail * bsize,
    ports: { host, inUse, asked: port },
    isolation: {
      tiers: isolation.tiers,
      missing: (Object.keys(isolation.missing) as Tier[]).map(tier => ({
        tier,
        reason: isolation.missing[tier] ?? '',
        remedy: isolation.remedies[tier] ?? '',
      })),
    },
    now: Date.now(),
    newestFile: files.length === 0 ? null : Math.max(...files.map(({ mtimeMs }) => mtimeMs)),
    chain: chainFact(directory, files),
    supervisor,
    leftNodes: supervisor === null ? leftNodes(directory) : [],
    staleRun: supervisor === null && existsSync(runFilePath(directory)),
  };
}

function runningSupervisor(directory: string): number | null {
  const owner = readOwner(join(directory, 'lock'));
  if (owner === null || !isAlive(owner)) return null;
  // The number may be another process's by now: then no run.json names it.
  return !existsSync(runFilePath(directory)) || readRunFile(directory).pid === owner ? owner : null;
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

async function canWrite(path: string): Promise<boolean> {
  return access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** All regular files below; those that a running devnet removes meanwhile are left out. */
function filesOf(directory: string): readonly Stats[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap(name => {
    const found = statSync(join(directory, name), { throwIfNoEntry: false });
    return found?.isFile() === true ? [found] : [];
  });
}

function chainFact(directory: string, files: readonly Stats[]): ChainFact {
  if (!existsSync(chainFilePath(directory))) return { kind: 'none' };
  try {
    const { chainId } = readChainFile(directory);
    return { kind: 'chain', chainId, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { kind: 'unreadable', message: error.message, hint: error.hint };
  }
}
