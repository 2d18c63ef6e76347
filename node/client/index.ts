// What `send` signs with, and the two forms of an account: a program needs nothing else to use the client.
// What follows a chain without executing it: headers that are believed on the strength of an earlier one.
export {
  fromAddress,
  type KeyPair,
  keyPairFromSecret,
  keyPairFromUri,
  LightBlock,
  LightError,
  type LightErrorCode,
  type LightOptions,
  type Trusted,
  toAddress,
  trustedOf,
  verifyAdjacent,
  verifyLight,
  verifySkipping,
} from '../../chain/index.ts';
export * from './actions/index.ts';
export { type Client, type ClientOptions, createClient } from './createClient.ts';
export { CLIENT_ERRORS, RpcError, TRANSACTION_FAILED } from './errors.ts';
export type * from './results.ts';
export type { Send, SendParameters, SendReturnType } from './send.ts';
export { signTransaction } from './signTransaction.ts';
export type { Listener, RequestOptions, Transport, Unsubscribe } from './transport/types.ts';
export type { WebSocketConstructor, WebSocketLike } from './transport/webSocket.ts';
export {
  ProofError,
  type ProofErrorCode,
  type Proved,
  type Subject,
  type VerifyProofParameters,
  verifyProof,
} from './verifyProof.ts';
export type {
  Address,
  CallJson,
  Decimal,
  Json,
  MethodName,
  Methods,
  ModuleReference,
  Notices,
  SignedJson,
  Topic,
  Wire,
} from './wire.ts';
