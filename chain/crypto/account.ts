import type { Account } from '../../consensus/interface/index.ts';

/** Whether a value is an account id as it is kept in memory: 32 bytes as lower-case `0x` hex. */
export const isAccount = (value: unknown): value is Account =>
  typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value);
