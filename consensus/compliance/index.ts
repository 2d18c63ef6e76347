export { arbitraryOf, type Random } from './arbitrary.ts';
export { ComplianceError, type ComplianceErrorCode } from './error.ts';
export { generator } from './garbage.ts';
export {
  type CallResult,
  type CloseStep,
  createHost,
  type Host,
  type HostOptions,
  type SeenEvent,
} from './host.ts';
export { outcomeText } from './outcome.ts';
export { MACHINES, processChecks, type Settings, type SubjectFile } from './processes.ts';
export { replay, replayAll } from './replay.ts';
export { type ComplianceCheck, complianceChecks } from './suite.ts';
export { withTraps } from './traps.ts';
export type { CallStep, Sample, Step, Subject, Terms, World, WorldModule, WorldReserve } from './world.ts';
