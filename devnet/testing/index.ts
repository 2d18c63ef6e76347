/**
 * Chains for tests, in any test runner. For authors of consensus modules: the chain's own state transition, without nodes,
 * and the compliance suite.
 *
 *   const chain = createChain({ modules: [myModule] });
 *   const receipt = chain.call('my-module', 'pay', { to: chain.account('bob') }, { from: 'alice', value: 10n });
 *
 * For authors of programs and modules: nodes that agree on blocks and answer RPC, clean for each test.
 *
 *   const chain = useChain();
 *   it('pays', () => changesBalances(chain, { bob: 10n }, () => pay(chain.url, chain.accounts.alice)));
 */
export { type KernelCall, TOKEN } from '../../chain/index.ts';
export * from '../../consensus/compliance/index.ts';
export { createChain } from './chain.ts';
export { CallFailed, InvariantBroken, MechanismCrashed, NodesBehind } from './errors.ts';
export { changesBalances, emits, failsWith } from './expect.ts';
export { chainMatchers } from './matchers.ts';
export { accountOf, standIn } from './people.ts';
export type {
  ModuleTerms,
  OnLinks,
  Person,
  RunningChain,
  RunningOptions,
  ServedModule,
  StartedChain,
} from './runningTypes.ts';
export type { ChainOptions, Installed } from './setup.ts';
export type {
  CallOptions,
  Chain,
  ChainView,
  LinkOptions,
  LoggedEvent,
  Receipt,
  RegisterOptions,
  ServeOptions,
  Snapshot,
} from './types.ts';
export { ChainNotRunning, type Hooks, NoTestRunner, rootChain, startChain, useChain } from './use.ts';
