import type { NetworkLog } from './network.ts';

/** For networks whose events are enough, as in tests. */
export const silentLog: NetworkLog = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
