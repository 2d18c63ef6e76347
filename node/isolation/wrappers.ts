/** Programs of the operating system that stand around the process of a plugin, from the outside in. */
import { realpath } from 'node:fs/promises';
import { MEGABYTE, PLUGIN_LIMITS } from './limits.ts';
import { run } from './run.ts';

const { data, cpu, files, fileSize, temporary } = PLUGIN_LIMITS;

/** Limits are set before any code runs: by util-linux, or by the shell where that is missing. */
export const RLIMITS = {
  prlimit: [
    'prlimit',
    `--data=${data * MEGABYTE}`,
    `--cpu=${cpu}`,
    `--nofile=${files}`,
    `--fsize=${fileSize * MEGABYTE}`,
    '--core=0',
    '--',
  ],
  shell: [
    'sh',
    '-c',
    // In kilobytes, and in blocks of 512 bytes.
    `ulimit -d ${data * 1024} && ulimit -t ${cpu} && ulimit -n ${files} && ulimit -f ${fileSize * 2048} && ulimit -c 0 && exec "$@"`,
    'sh',
  ],
} as const;
export type RlimitsBy = keyof typeof RLIMITS;

/** No network, and no sight of other processes, without a sandbox around the file system. */
export const namespaces = (isRoot: boolean): readonly string[] => [
  'unshare',
  ...(isRoot ? [] : ['--user', '--map-current-user']),
  ...['--net', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
];

/** Node's own restrictions: files only where named, no processes, no threads, no native code. */
export const nodeFlags = (
  permission: string,
  { readable, writable }: Pick<Inside, 'readable' | 'writable'>,
): readonly string[] => [
  permission,
  ...readable.map(path => `--allow-fs-read=${path}`),
  // With all in it. Node 20 ends where it is told of the directory once more without the star.
  ...(writable === null ? [] : [`--allow-fs-read=${writable}/*`, `--allow-fs-write=${writable}/*`]),
  ...['--no-addons', '--no-warnings', '--v8-pool-size=2'],
];

export interface Inside {
  readonly env: Readonly<Record<string, string>>;
  /** Files and directories that can be read. */
  readonly readable: readonly string[];
  /** The one directory that can be written, and that the process begins in; null for none. */
  readonly writable: string | null;
  /** The socket to the node. */
  readonly socket: string;
}

/** A system of nothing but these files; `seccomp` is the descriptor of the filter. */
export function bubblewrap({ env, readable, writable, socket }: Inside, seccomp: number): readonly string[] {
  return [
    ...['bwrap', '--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--size', String(temporary * MEGABYTE), '--tmpfs', '/tmp', '--proc', '/proc', '--dev', '/dev'],
    ...readable.flatMap(path => ['--ro-bind', path, path]),
    ...(writable === null ? [] : ['--bind', writable, writable]),
    ...['--bind', socket, socket, '--uid', '65534', '--gid', '65534', '--hostname', 'plugin'],
    ...['--remount-ro', '/', '--chdir', writable ?? '/', '--seccomp', String(seccomp), '--'],
  ];
}

let node: Promise<readonly string[]> | undefined;
/** Node itself and the libraries that it is linked with. */
export function nodeFiles(): Promise<readonly string[]> {
  node ??= (async () => {
    const file = await realpath(process.execPath);
    const { said } = await run('ldd', [file], 5_000);
    const libraries = said.match(/\/[^\s)]+/g) ?? [];
    return [...new Set([file, ...libraries.filter(path => !path.endsWith(':'))])];
  })();
  return node;
}
