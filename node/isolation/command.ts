/** How the process of a plugin is started in a tier. */
import { rmSync } from 'node:fs';
import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tier } from '../package/index.ts';
import type { PluginCommand } from '../plugins/launch.ts';
import { type Cgroup, createCgroup } from './cgroup.ts';
import { type Entry, engineOf, entryOfChild, entryOfService } from './entry.ts';
import { PLUGIN_LIMITS, type Room, SERVICE_LIMITS } from './limits.ts';
import { watchMemory } from './memory.ts';
import { type Part, probeIsolation } from './probe.ts';
import { isFilterArch, seccompProgram } from './seccomp.ts';
import { bubblewrap, namespaces, nodeFiles, nodeFlags, RLIMITS } from './wrappers.ts';

const isRoot = process.getuid?.() === 0;
/** Descriptor of the filter: the first after the three that every process has. */
const FILTER = 3;

/**
 * The process of a consensus module. In T3 the metered machine stands inside the strongest of the other two. `code` is
 * the file of the author.
 */
export async function isolatedCommand(tier: Tier, code: string): Promise<PluginCommand> {
  const entry = await entryOfChild();
  const author = fileURLToPath(code);
  if (tier !== 'T3') return around({ tier, entry, files: [author], room: PLUGIN_LIMITS });
  const engine = await engineOf();
  const env = { DEVNET_PLUGIN_METERED: '1', DEVNET_PLUGIN_ENGINE: engine };
  return around({ tier, entry, files: [author, engine], env, room: PLUGIN_LIMITS });
}

/** The process of a service, which may write into a directory and nowhere else. */
export async function serviceCommand(tier: Tier, code: string, directory: string): Promise<PluginCommand> {
  const entry = await entryOfService();
  const inside = { entry, files: [fileURLToPath(code)], writable: await realpath(directory) };
  return around({ tier, ...inside, flags: ['--enable-source-maps'], room: SERVICE_LIMITS });
}

interface Around {
  readonly tier: Tier;
  readonly entry: Entry;
  /** What it may read besides its own program. */
  readonly files: readonly string[];
  readonly writable?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly room: Room;
}

async function around({
  tier,
  entry,
  files,
  writable,
  env,
  flags = [],
  room,
}: Around): Promise<PluginCommand> {
  const report = await probeIsolation();
  const has = (part: Part): boolean => report.findings.some(found => found.part === part && found.ok);
  const isBoxed = tier !== 'T1' && report.tiers.includes('T2');
  const owned = { readable: [`${entry.directory}/*`, ...files], writable: writable ?? null };
  const node = [
    process.execPath,
    ...(report.permission === null ? [] : nodeFlags(report.permission, owned)),
    ...[`--max-old-space-size=${room.heap}`, ...flags, entry.file],
  ];
  const readable = [...(await nodeFiles()), entry.directory, ...files];
  const rlimits = report.rlimits === null ? [] : RLIMITS[report.rlimits];
  const filter = isBoxed ? await filterFile() : null;
  const group = isBoxed && has('cgroup') ? () => createCgroup(room.resident) : null;
  const apart = has('namespaces') ? namespaces(isRoot) : [];
  const [file = '', ...args] = rlimits.length > 0 ? rlimits : ['env'];
  return {
    file,
    args,
    env: { ...env, DEVNET_PLUGIN_CONFINED: '1' },
    cwd: writable ?? dirname(entry.file),
    files: filter === null ? [] : [filter],
    compose: ([socket = ''], all) => [
      ...(isBoxed ? bubblewrap({ env: all, readable, writable: owned.writable, socket }, FILTER) : apart),
      ...node,
    ],
    attend: (pid, end) => attend(pid, end, has('memory') ? room.resident : null, group),
  };
}

/** Watches over a process until the returned function is called, after its end. `resident`: megabytes. */
function attend(
  pid: number,
  end: (reason: string) => void,
  resident: number | null,
  group: (() => Promise<Cgroup>) | null,
): () => Promise<void> {
  const stop = resident === null ? () => undefined : watchMemory(pid, resident, end);
  const grouped = group?.().then(async made => {
    await made.add(pid).catch((error: NodeJS.ErrnoException) => {
      // It is over already.
      if (error.code !== 'ESRCH') throw error;
    });
    return made;
  });
  grouped?.catch((error: unknown) => end(`its control group failed: ${String(error)}`));
  return async () => {
    stop();
    await (await grouped)?.remove();
  };
}

let filter: Promise<string> | undefined;
function filterFile(): Promise<string> {
  filter ??= (async () => {
    const { arch } = process;
    if (!isFilterArch(arch)) throw new Error(`there is no filter of system calls for ${arch}`);
    const directory = await mkdtemp(join(tmpdir(), 'devnet-filter-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'filter');
    await writeFile(file, seccompProgram(arch));
    return file;
  })();
  return filter;
}
