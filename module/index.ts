/**
 * The module SDK (seed 0): keys for people, a server for functions with prices, a client with a budget, routers over
 * linked children. What travels between them is described on the interface page, "The call between modules"; money
 * moves once per epoch through the consensus module that a server is bound to.
 */
export { fromAddress, type KeyPair, keyPairFromSecret, keyPairFromUri, toAddress } from '../chain/index.ts';
export type { Chain } from './chain.ts';
export { CallRefused } from './client/answer.ts';
export { type AuditRow, isOvercharge } from './client/audit.ts';
export {
  type CallOptions,
  type CallResult,
  createModuleClient,
  type ModuleClient,
  type ModuleClientOptions,
} from './client/client.ts';
export type { DescribedFunction, Description } from './client/description.ts';
export { type Evidence, evidenceLine, readEvidence } from './client/evidence.ts';
export type { Fetch } from './client/http.ts';
export type { SentCall, SentCallAt } from './client/store.ts';
export type { AnyModule, ModuleFunction, ModuleOf } from './client/typed.ts';
export { ModuleError, type ModuleErrorCode, Refusal, type RefusalName } from './errors.ts';
export * from './keys/index.ts';
export * from './protocol/index.ts';
export { type RegisterOptions, registerModule } from './register.ts';
export {
  type CallContext,
  type CallDefinition,
  defineFunction,
  defineModule,
  defineStream,
  type FunctionDefinition,
  type FunctionTerms,
  type ModuleDefinition,
  type StreamDefinition,
} from './server/definition.ts';
export { definitionOf, type MethodTerms, type ModuleClass } from './server/definitionOf.ts';
export type { FunctionDescription, ModuleDescription } from './server/describe.ts';
export type { Due } from './server/dues.ts';
export type { ModuleHost } from './server/host.ts';
export {
  DEFAULT_LIMITS,
  type ModuleServer,
  type ServeOptions,
  type ServerStatus,
  serveModule,
} from './server/serve.ts';
export type { Log } from './server/site.ts';
export type { SlotLimits } from './server/slots.ts';
export { type Change, STATE_LIMITS, type State, type StateOp } from './server/state.ts';
export type { Range } from './server/stateBase.ts';
export { type CallRow, type ClaimRow, openStore, type Pair, type Store } from './server/store.ts';
export { type FunctionTraffic, type Reasons, sumOf, type Totals } from './server/traffic.ts';
export * from './tree/index.ts';
