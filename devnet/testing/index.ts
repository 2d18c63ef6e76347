/**
 * The kit for authors of consensus modules: a chain in one process for tests, assertions over it, and the compliance
 * suite. It needs no test runner of a kind; in any of them:
 *
 *   const chain = createChain({ modules: [myModule] });
 *   const receipt = chain.call('my-module', 'pay', { to: chain.account('bob') }, { from: 'alice', value: 10n });
 */
export { type KernelCall, TOKEN } from '../../chain/index.ts';
export * from '../../consensus/compliance/index.ts';
export { createChain } from './chain.ts';
export { CallFailed, InvariantBroken, MechanismCrashed } from './errors.ts';
export { changesBalances, emits, failsWith } from './expect.ts';
export { accountOf, standIn } from './people.ts';
export type { ChainOptions, Installed } from './setup.ts';
export type {
  CallOptions,
  Chain,
  LinkOptions,
  LoggedEvent,
  Receipt,
  RegisterOptions,
  ServeOptions,
  Snapshot,
} from './types.ts';
