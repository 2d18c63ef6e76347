export { ComplianceError, type ComplianceErrorCode } from './error.ts';
export {
  type CallResult,
  type CloseStep,
  createHost,
  type Host,
  type HostOptions,
  type SeenEvent,
} from './host.ts';
export { processChecks, type SubjectFile } from './processes.ts';
export { replay, replayAll } from './replay.ts';
export { type ComplianceCheck, complianceChecks } from './suite.ts';
export type { CallStep, Sample, Step, Subject, Terms, World, WorldModule, WorldReserve } from './world.ts';
