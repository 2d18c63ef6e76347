/**
 * The module SDK (seed 0): keys for people, a server for functions with prices, a client with a budget, routers over
 * linked children. What travels between them is described on the interface page, "The call between modules"; money
 * moves once per epoch through the consensus module that a server is bound to.
 */
export { fromAddress, type KeyPair, keyPairFromSecret, keyPairFromUri, toAddress } from '../chain/index.ts';
export type { Chain } from './chain.ts';
export { CallRefused } from './client/answer.ts';
export type { AuditRow } from './client/audit.ts';
export {
  type CallOptions,
  type CallResult,
  createModuleClient,
  type ModuleClient,
  type ModuleClientOptions,
} from './client/client.ts';
export type { DescribedFunction, Description } from './client/description.ts';
export type { Fetch } from './client/http.ts';
export type { SentCall, SentCallAt } from './client/store.ts';
export type { AnyModule, ModuleFunction, ModuleOf } from './client/typed.ts';
export { ModuleError, type ModuleErrorCode, Refusal, type RefusalName } from './errors.ts';
export * from './keys/index.ts';
export * from './protocol/index.ts';
export { type RegisterOptions, registerModule } from './register.ts';
export * from './router.ts';
export {
  type CallContext,
  defineFunction,
  defineModule,
  type FunctionDefinition,
  type ModuleDefinition,
} from './server/definition.ts';
export type { ModuleDescription } from './server/handle.ts';
export { type ModuleServer, type ServeOptions, serveModule } from './server/serve.ts';
export type { Log } from './server/site.ts';
export { type CallRow, type ClaimRow, openStore, type Pair, type Store } from './server/store.ts';
