/** Isolation of plugins: what this machine can give, and how a process is started with it. */
export { type Demands, isolatedCommand, tierFor } from './command.ts';
export { entryOfChild, loadable } from './entry.ts';
export { IsolationError, type IsolationErrorCode } from './errors.ts';
export { MEGABYTE, PLUGIN_LIMITS } from './limits.ts';
export { residentOf } from './memory.ts';
export { type Finding, type IsolationReport, PARTS, type Part, probeIsolation } from './probe.ts';
