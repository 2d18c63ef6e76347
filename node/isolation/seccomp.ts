/**
 * A filter of system calls as a classic BPF program (linux/seccomp.h, linux/filter.h): what no plugin needs, and what
 * makes processes or reaches out, is answered with an error. It stands on top of namespaces and empty capabilities.
 */
export type FilterArch = 'x64' | 'arm64';

/** Numbers of the kernel's tables; absent where an architecture has no such call. */
interface Calls {
  readonly [name: string]: number;
}

/** Answered with EPERM. */
const DENIED: Readonly<Record<FilterArch, Calls>> = {
  x64: {
    ...{ fork: 57, vfork: 58, execveat: 322, ptrace: 101, process_vm_readv: 310 },
    ...{ process_vm_writev: 311, pidfd_open: 434, pidfd_getfd: 438, pidfd_send_signal: 424, kcmp: 312 },
    ...{ mount: 165, umount2: 166, pivot_root: 155, chroot: 161, unshare: 272, setns: 308, open_tree: 428 },
    ...{ move_mount: 429, fsopen: 430, fsconfig: 431, fsmount: 432, mount_setattr: 442, bpf: 321 },
    ...{ perf_event_open: 298, keyctl: 250, add_key: 248, request_key: 249, userfaultfd: 323 },
    ...{ kexec_load: 246, kexec_file_load: 320, init_module: 175, finit_module: 313, delete_module: 176 },
    ...{ open_by_handle_at: 304, name_to_handle_at: 303, reboot: 169, swapon: 167, swapoff: 168, acct: 163 },
    ...{ quotactl: 179, personality: 135, memfd_secret: 447, bind: 49, listen: 50, accept: 43, accept4: 288 },
    ...{ settimeofday: 164, clock_settime: 227, adjtimex: 159, iopl: 172, ioperm: 173, syslog: 103 },
    ...{ sethostname: 170, setdomainname: 171, vhangup: 153, fanotify_init: 300, mknod: 133, mknodat: 259 },
  },
  arm64: {
    ...{ execveat: 281, ptrace: 117, process_vm_readv: 270, process_vm_writev: 271 },
    ...{ pidfd_open: 434, pidfd_getfd: 438, pidfd_send_signal: 424, kcmp: 272, mount: 40, umount2: 39 },
    ...{ pivot_root: 41, chroot: 51, unshare: 97, setns: 268, open_tree: 428, move_mount: 429, fsopen: 430 },
    ...{ fsconfig: 431, fsmount: 432, mount_setattr: 442, bpf: 280, perf_event_open: 241, keyctl: 219 },
    ...{ add_key: 217, request_key: 218, userfaultfd: 282, kexec_load: 104, kexec_file_load: 294 },
    ...{ init_module: 105, finit_module: 273, delete_module: 106, open_by_handle_at: 265 },
    ...{ name_to_handle_at: 264, reboot: 142, swapon: 224, swapoff: 225, acct: 89, quotactl: 60 },
    ...{ personality: 92, memfd_secret: 447, bind: 200, listen: 201, accept: 202, accept4: 242 },
    ...{ settimeofday: 170, clock_settime: 112, adjtimex: 171, syslog: 116, sethostname: 161 },
    ...{ setdomainname: 162, vhangup: 58, fanotify_init: 262, mknodat: 33 },
  },
};
/** Answered with ENOSYS: Node then takes an older way that can be judged by its arguments. */
const ABSENT: Calls = { clone3: 435, io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427 };
const CLONE: Readonly<Record<FilterArch, number>> = { x64: 56, arm64: 220 };
const SOCKET: Readonly<Record<FilterArch, number>> = { x64: 41, arm64: 198 };

/** AUDIT_ARCH of linux/audit.h. */
const ARCH: Readonly<Record<FilterArch, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };
/** x86-64 has a second table of numbers from here on. */
const X32 = 0x40000000;
const CLONE_THREAD = 0x10000;
const AF_UNIX = 1;
const [EPERM, ENOSYS] = [1, 38];

/** Fields of struct seccomp_data, in bytes. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

const LOAD = 0x20;
const [JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT] = [0x15, 0x35, 0x45];
const RETURN = 0x06;
const [ALLOW, KILL] = [0x7fff0000, 0x80000000];
const refuse = (errno: number): number => 0x00050000 | errno;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];
const load = (field: number): Instruction => [LOAD, 0, 0, field];
const answer = (value: number): Instruction => [RETURN, 0, 0, value];
/** Answers where the test holds, and goes on where not. */
const where = (code: number, value: number, action: number): Instruction[] => [
  [code, 0, 1, value],
  answer(action),
];

export const isFilterArch = (arch: string): arch is FilterArch => arch === 'x64' || arch === 'arm64';

/** The program as `bwrap --seccomp` reads it: eight bytes for each instruction, in the order of the processor's bytes. */
export function seccompProgram(arch: FilterArch): Uint8Array {
  const instructions: Instruction[] = [
    load(ARCHITECTURE),
    [JUMP_EQUAL, 1, 0, ARCH[arch]],
    answer(KILL),
    load(NUMBER),
    ...(arch === 'x64' ? where(JUMP_AT_LEAST, X32, KILL) : []),
    ...Object.values(ABSENT).flatMap(number => where(JUMP_EQUAL, number, refuse(ENOSYS))),
    ...Object.values(DENIED[arch]).flatMap(number => where(JUMP_EQUAL, number, refuse(EPERM))),
    // New threads, and no new processes.
    [JUMP_EQUAL, 0, 4, CLONE[arch]],
    load(FIRST_ARGUMENT),
    [JUMP_ANY_BIT, 1, 0, CLONE_THREAD],
    answer(refuse(EPERM)),
    answer(ALLOW),
    // To the node it speaks by a Unix socket.
    [JUMP_EQUAL, 0, 4, SOCKET[arch]],
    load(FIRST_ARGUMENT),
    [JUMP_EQUAL, 1, 0, AF_UNIX],
    answer(refuse(EPERM)),
    answer(ALLOW),
    answer(ALLOW),
  ];
  const program = Buffer.alloc(instructions.length * 8);
  for (const [index, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    program.writeUInt16LE(code, index * 8);
    program.writeUInt8(ifTrue, index * 8 + 2);
    program.writeUInt8(ifFalse, index * 8 + 3);
    program.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return program;
}
