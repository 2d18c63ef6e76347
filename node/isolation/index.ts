/** Isolation of plugins: what this machine can give, and how a process is started with it. */
export { isolatedCommand, serviceCommand } from './command.ts';
export { entryOfChild, loadable } from './entry.ts';
export { IsolationError, type IsolationErrorCode } from './errors.ts';
export { MEGABYTE, PLUGIN_LIMITS, SERVICE_LIMITS } from './limits.ts';
export { processTree, residentOf } from './memory.ts';
export {
  announceIsolation,
  type Finding,
  type IsolationReport,
  PARTS,
  type Part,
  probeIsolation,
} from './probe.ts';
export { type Demands, isWeaker, tierFor } from './tier.ts';
