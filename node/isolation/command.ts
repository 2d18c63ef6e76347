/** How the process of a plugin is started in a tier. */
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest, Tier } from '../package/index.ts';
import type { PluginCommand } from '../plugins/launch.ts';
import { type Cgroup, createCgroup } from './cgroup.ts';
import { entryOfChild } from './entry.ts';
import { IsolationError } from './errors.ts';
import { watchMemory } from './memory.ts';
import { type IsolationReport, type Part, probeIsolation } from './probe.ts';
import { isFilterArch, seccompProgram } from './seccomp.ts';
import { bubblewrap, namespaces, nodeFiles, nodeFlags, RLIMITS } from './wrappers.ts';

export type Demands = Pick<Manifest, 'name' | 'version' | 'isolation' | 'requires'>;

/**
 * The tier of a plugin: what it demands, else the strongest that this machine has, but the metered machine only for who
 * asks for it. Throws {@link IsolationError} where the machine cannot give what is demanded.
 */
export function tierFor(
  { name, version, isolation, requires }: Demands,
  { tiers, missing }: IsolationReport,
): Tier {
  const wanted: { readonly tier: Tier; readonly by: string } =
    requires === 'deterministic'
      ? { tier: 'T3', by: 'requires = "deterministic"' }
      : { tier: isolation, by: `isolation = "${isolation}"` };
  if (!tiers.includes(wanted.tier))
    throw new IsolationError(`${name}@${version}`, wanted, tiers, missing[wanted.tier] ?? 'it is not there');
  if (wanted.tier === 'T3') return 'T3';
  return tiers.includes('T2') ? 'T2' : 'T1';
}

const isRoot = process.getuid?.() === 0;
/** Descriptor of the filter: the first after the three that every process has. */
const FILTER = 3;

/** In T3 the metered machine stands inside the strongest of the other two. `code` is the file of the author. */
export async function isolatedCommand(tier: Tier, code: string): Promise<PluginCommand> {
  const report = await probeIsolation();
  const has = (part: Part): boolean => report.findings.some(found => found.part === part && found.ok);
  const isBoxed = tier !== 'T1' && report.tiers.includes('T2');
  const entry = await entryOfChild();
  const author = fileURLToPath(code);
  const alone = [author, ...(tier === 'T3' ? [entry.engine] : [])];
  const readable = [entry.directory, ...alone];
  const env = {
    DEVNET_PLUGIN_CONFINED: '1',
    ...(tier === 'T3' ? { DEVNET_PLUGIN_METERED: '1', DEVNET_PLUGIN_ENGINE: entry.engine } : {}),
  };
  const flags =
    report.permission === null ? [] : nodeFlags(report.permission, [`${entry.directory}/*`, ...alone]);
  const rlimits = report.rlimits === null ? [] : RLIMITS[report.rlimits];
  const node = [process.execPath, ...flags, entry.file];
  const files = [...(await nodeFiles()), ...readable];
  const filter = isBoxed ? await filterFile() : null;
  const group = isBoxed && has('cgroup') ? createCgroup : null;
  const apart = has('namespaces') ? namespaces(isRoot) : [];
  const [file = '', ...args] = rlimits.length > 0 ? rlimits : ['env'];
  return {
    file,
    args,
    env,
    cwd: dirname(entry.file),
    files: filter === null ? [] : [filter],
    compose: ([socket = ''], all) => [
      ...(isBoxed ? bubblewrap({ env: all, readable: files, socket }, FILTER) : apart),
      ...node,
    ],
    attend: (pid, end) => attend(pid, end, has('memory'), group),
  };
}

/** Watches over a process until the returned function is called, after its end. */
function attend(
  pid: number,
  end: (reason: string) => void,
  watches: boolean,
  group: (() => Promise<Cgroup>) | null,
): () => Promise<void> {
  const stop = watches ? watchMemory(pid, end) : () => undefined;
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
