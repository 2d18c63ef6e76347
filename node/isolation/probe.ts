/** Which isolation this machine can give: tried out, not guessed. Once per process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { engineFile } from '../machine/program.ts';
import type { Log } from '../ordering/types.ts';
import { TIERS, type Tier } from '../package/index.ts';
import { createCgroup } from './cgroup.ts';
import { PLUGIN_LIMITS } from './limits.ts';
import { run } from './run.ts';
import { isFilterArch, seccompProgram } from './seccomp.ts';
import { bubblewrap, namespaces, nodeFiles, RLIMITS, type RlimitsBy } from './wrappers.ts';

/** Milliseconds for one try; all run at once. */
const PATIENCE = 5_000;

export const PARTS = [
  'permission',
  'rlimits',
  'memory',
  'namespaces',
  'bubblewrap',
  'cgroup',
  'machine',
] as const;
export type Part = (typeof PARTS)[number];

export interface Finding {
  readonly part: Part;
  readonly ok: boolean;
  /** What is used, or why it cannot be. */
  readonly detail: string;
}

export interface IsolationReport {
  readonly findings: readonly Finding[];
  /** Ascending. */
  readonly tiers: readonly Tier[];
  /** For each tier that is not there: what it lacks. */
  readonly missing: Readonly<Partial<Record<Tier, string>>>;
  /** And how to get that. */
  readonly remedies: Readonly<Partial<Record<Tier, string>>>;
  readonly permission: string | null;
  readonly rlimits: RlimitsBy | null;
}

/** What a tier cannot do without. The other parts make it stronger where they are. */
const NEEDED: Readonly<Record<Tier, readonly Part[]>> = {
  T1: ['permission'],
  T2: ['permission', 'bubblewrap'],
  T3: ['permission', 'machine'],
};

/** How to get a part without which a tier is missing. */
const REMEDIES: Readonly<Partial<Record<Part, string>>> = {
  permission: 'run a Node with the permission model (20 or later)',
  bubblewrap:
    'install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap) and let users make namespaces ' +
    '(sysctl kernel.unprivileged_userns_clone=1; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0)',
  machine: 'install the packages of devnet again (npm ci): the engine quickjs-wasi is one of them',
};

let report: Promise<IsolationReport> | undefined;
/** The same answer for all who ask in this process. Never rejects. */
export function probeIsolation(): Promise<IsolationReport> {
  report ??= probe();
  return report;
}

/** The report, and all of it in the log: what is there, and why the rest is not. For a node. */
export async function announceIsolation(log: Log): Promise<IsolationReport> {
  const found = await probeIsolation();
  const parts = Object.fromEntries(found.findings.map(({ part, ok, detail }) => [part, ok ? detail : false]));
  log.info({ tiers: found.tiers, parts }, 'isolation of plugins on this machine');
  for (const { part, ok, detail } of found.findings)
    if (!ok) log.warn({ part, detail }, 'a part of the isolation of plugins is missing on this machine');
  return found;
}

const isRoot = process.getuid?.() === 0;
const FLAGS = ['--permission', '--experimental-permission'];

async function probe(): Promise<IsolationReport> {
  const permission = FLAGS.find(flag => process.allowedNodeEnvironmentFlags.has(flag)) ?? null;
  const [rlimits, others] = await Promise.all([
    probeRlimits(),
    Promise.all([
      finding('memory', probeMemory),
      finding('namespaces', probeNamespaces),
      finding('bubblewrap', probeBubblewrap),
      finding('cgroup', probeCgroup),
      finding('machine', probeMachine),
    ]),
  ]);
  const findings: readonly Finding[] = [
    {
      part: 'permission',
      ok: permission !== null,
      detail: permission ?? `Node ${process.version} has no permission flag`,
    },
    { part: 'rlimits', ok: rlimits !== null, detail: rlimits ?? 'neither prlimit nor a shell sets them' },
    ...others,
  ];
  const lacks = (tier: Tier): readonly Finding[] =>
    findings.filter(({ part, ok }) => !ok && NEEDED[tier].includes(part));
  const absent = TIERS.filter(tier => lacks(tier).length > 0);
  const each = (words: (finding: Finding) => string) =>
    Object.fromEntries(absent.map(tier => [tier, lacks(tier).map(words).join('; ')]));
  return {
    findings,
    tiers: TIERS.filter(tier => !absent.includes(tier)),
    missing: each(({ part, detail }) => `${part}: ${detail}`),
    remedies: each(({ part }) => REMEDIES[part] ?? part),
    permission,
    rlimits,
  };
}

async function finding(part: Part, tryOut: () => Promise<string>): Promise<Finding> {
  try {
    return { part, ok: true, detail: await tryOut() };
  } catch (error) {
    return { part, ok: false, detail: messageOf(error) };
  }
}

/** Whether Node starts within them. */
async function probeRlimits(): Promise<RlimitsBy | null> {
  for (const by of ['prlimit', 'shell'] as const) {
    const [file = '', ...args] = RLIMITS[by];
    const { ok } = await run(file, [...args, process.execPath, '--version'], PATIENCE);
    if (ok) return by;
  }
  return null;
}

async function probeMemory(): Promise<string> {
  await access('/proc/self/statm', constants.R_OK);
  return '/proc';
}

async function probeNamespaces(): Promise<string> {
  const [file = '', ...args] = namespaces(isRoot);
  const { ok, said } = await run(file, [...args, 'true'], PATIENCE);
  if (!ok) throw new Error(said);
  return isRoot ? 'network, processes' : 'network, processes, users';
}

/** Node runs behind the real arguments and the real filter. */
async function probeBubblewrap(): Promise<string> {
  const { arch } = process;
  if (process.platform !== 'linux' || !isFilterArch(arch))
    throw new Error(`there is no filter of system calls for ${process.platform} ${arch}`);
  const directory = await mkdtemp(join(tmpdir(), 'devnet-probe-'));
  const server = createServer();
  try {
    const socket = join(directory, 's');
    await once(server.listen(socket), 'listening');
    const filter = join(directory, 'filter');
    await writeFile(filter, seccompProgram(arch));
    const inside = { env: {}, readable: await nodeFiles(), writable: null, socket };
    const [file = '', ...args] = bubblewrap(inside, 3);
    const said = await output(file, [...args, process.execPath, '--version'], filter);
    return `bubblewrap, filter of system calls for ${arch}, Node ${said}`;
  } finally {
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs a program with a file as descriptor 3. Rejects with what it wrote where it fails. */
async function output(file: string, args: readonly string[], third: string): Promise<string> {
  const handle = await open(third);
  try {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe', handle.fd],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(0, 4_000);
      });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(said.trim() || `${file} ended with code ${code}`);
    return said.trim();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new Error(`${file} is not installed`) : error;
  } finally {
    await handle.close();
  }
}

async function probeCgroup(): Promise<string> {
  const group = await createCgroup(PLUGIN_LIMITS.resident);
  await group.remove();
  return 'memory, tasks';
}

async function probeMachine(): Promise<string> {
  await access(engineFile(), constants.R_OK);
  return 'QuickJS in WASM, metered';
}
