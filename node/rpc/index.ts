export { ERROR_NUMBERS, RPC_ERRORS, type RpcErrorName, RpcFault } from './errors.ts';
export { DEFAULT_LIMITS, type RpcLimits, rateLimits } from './options.ts';
export { METHODS } from './registry.ts';
export { type Rpc, type RpcOptions, RpcStartError, startRpc } from './start.ts';
