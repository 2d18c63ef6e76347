/** What the process of a plugin may use, whatever it is. The kernel of the operating system holds most of it. */
export const PLUGIN_LIMITS = {
  /** Megabytes of JavaScript objects. Buffers and WASM memories do not count here. */
  heap: 128,
  /** Megabytes of writable memory that it can ask for, used or not (RLIMIT_DATA). Below 400 Node does not start. */
  data: 768,
  /** Megabytes in use, Buffers included: above that the node ends it. */
  resident: 384,
  /** Milliseconds between two looks at that. */
  watch: 200,
  /** Seconds of a processor, over its life; then it is started anew. */
  cpu: 86_400,
  files: 64,
  /** Megabytes of one file. */
  fileSize: 16,
  /** Megabytes of its own temporary directory, where it has one. */
  temporary: 16,
  /** Processes and threads in its control group; Node has eleven threads. */
  tasks: 64,
} as const;

/** A service holds more: what it was told and has not finished with. The rest is the same. */
export const SERVICE_LIMITS = { ...PLUGIN_LIMITS, heap: 256, resident: 512 } as const;

/** Megabytes that differ from one kind of plugin to the other. */
export type Room = Readonly<Record<'heap' | 'resident', number>>;

export const MEGABYTE = 1024 * 1024;
