/**
 * One number per error name, for good: programs outside rely on both. The codes of JSON-RPC 2.0, -32000 and below for
 * the server, 3000 and above for this domain (interface.md). A name of a consensus module's own has no row here; it
 * comes with the number of TRANSACTION_FAILED.
 */
import type { AddressErrorCode, ChainErrorCode } from '../../chain/index.ts';
import { hintOf } from '../../chain/index.ts';
import { CodecError, type CodecErrorCode } from '../../consensus/interface/index.ts';
import { RpcError } from '../client/errors.ts';
import type { NodeErrorCode } from '../errors.ts';
import { JsonError } from './json.ts';

/** What this folder itself refuses: number and hint. */
export const RPC_ERRORS = {
  PARSE_ERROR: [-32700, 'Send one JSON value: a request or a batch of requests.'],
  INVALID_REQUEST: [-32600, 'A request is { "jsonrpc": "2.0", "id", "method", "params" }.'],
  METHOD_NOT_FOUND: [-32601, 'rpc_methods names the methods of this node.'],
  INVALID_PARAMS: [-32602, 'rpc.discover describes the parameters of each method.'],
  INTERNAL_ERROR: [-32603, 'This is a defect of the node; its log says more.'],
  BODY_TOO_LARGE: [-32001, 'Split the work over several requests.'],
  BATCH_TOO_LONG: [-32002, 'Split the batch.'],
  TOO_DEEP: [-32003, 'No method takes parameters nested so deeply.'],
  NEEDS_WEBSOCKET: [-32004, 'Connect to the same URL by WebSocket.'],
  TOO_MANY_SUBSCRIPTIONS: [-32005, 'End some first, or open another connection.'],
  FORBIDDEN_ORIGIN: [
    -32006,
    'dev_ methods answer programs, and pages of loopback or of the node itself, reached by an IP address or localhost.',
  ],
  FORBIDDEN_METHOD: [-32007, 'Send JSON-RPC with POST, or open a WebSocket.'],
  NOT_FOUND: [-32008, 'There are /, /healthz, /readyz and /metrics.'],
  STOPPED: [-32009, 'The node is going down; ask another one.'],
  ANSWER_TOO_LARGE: [-32010, 'Split the batch.'],
  TOO_MANY_WAITING: [
    -32011,
    'Nothing is wrong with the transaction: submit it and ask tx_get, or wait later.',
  ],
  RATE_LIMITED: [
    -32013,
    'Wait for retryAfterMs of its data; batches do not help. devnet up --rpc-rate-limit sets the limit, 0 for none.',
  ],
  INJECTED_FAULT: [
    -32012,
    'dev_rpcFaults tells the faults in force; dev_setRpcFaults without parameters ends them.',
  ],
  BLOCK_NOT_FOUND: [3001, 'chain_head names the last block.'],
  EPOCH_NOT_FOUND: [3002, 'epoch_current names the epoch of the last block.'],
  EPOCH_NOT_CLOSED: [3003, 'An epoch is settled after its end; epoch_subscribe tells when.'],
  UNKNOWN_QUERY: [3004, 'consensus_list names the queries.'],
  QUERY_FAILED: [3005, 'Check the arguments; if they are right, it is a defect of the consensus module.'],
  TRANSACTION_DROPPED: [3006, 'Build it again and submit it again.'],
  UNKNOWN_TRANSACTION: [3007, 'Submit it first; a node does not remember what its pool refused.'],
  WAIT_TIMEOUT: [3008, 'It may still become final: ask tx_get with its hash.'],
  NOT_A_DEVNET: [3009, 'dev_ methods work on devnets only.'],
  NO_MECHANISM: [3010, 'Install the code of this consensus module on this node.'],
  UNKNOWN_NODE: [3012, 'dev_nodeList (devnet status) lists the nodes.'],
  NODE_NOT_RUNNING: [3013, 'dev_nodeRestart (devnet node restart) starts it.'],
  NODE_FAILED: [3014, 'Its log says more: devnet logs <node>.'],
  NODE_GONE: [
    3015,
    'The request may have been carried out: look before you send it again; other nodes answer.',
  ],
  NO_NODE: [3016, 'dev_nodeList (devnet status) tells the state of each node.'],
  BAD_GROUPS: [
    3017,
    'Name each node once, e.g. [[0, 1], [2, 3]]; nodes that are not named form one more group.',
  ],
  BAD_FAULT: [3018, 'dev_faults shows the faults in force.'],
  ONE_VALIDATOR: [3019, 'Start the chain anew with more validators: devnet up --reset --nodes 4.'],
  BLOCK_PRUNED: [3020, 'The node took a snapshot instead of these blocks: ask one that has the whole chain.'],
  EPOCH_PRUNED: [3021, 'The node took a snapshot instead of these blocks: ask one that has the whole chain.'],
  UNKNOWN_RECEIPT: [
    3044,
    'devnet receipts shows what was claimed; a claim comes in the epoch after the call.',
  ],
  REVERTED: [
    3045,
    'Its block went back with the state: send it again as a new transaction, or ask chain_getBlock what it did.',
  ],
  UNKNOWN_DUMP: [3046, 'Nodes keep the last two: ask for a new one, dev_dump without parameters.'],
  STATE_PRUNED: [3040, 'Ask a node that has all blocks, and soon: states of the last 128 heights are kept.'],
  TRACE_RUNNING: [3041, 'Ask again: it goes on meanwhile.'],
  TRACE_BUSY: [3042, 'Ask again when it is done, or ask another node.'],
  TRACE_DIFFERS: [
    3043,
    'Some code is not deterministic, or not what ran then: consensus_divergence and devnet plugin check say more.',
  ],
} as const satisfies Readonly<Record<string, readonly [code: number, hint: string]>>;
export type RpcErrorName = keyof typeof RPC_ERRORS;

export const TRANSACTION_FAILED = 3000;

const CHAIN_NUMBERS: Readonly<Record<ChainErrorCode, number>> = {
  MALFORMED: 3100,
  WRONG_CHAIN: 3101,
  BAD_SIGNATURE: 3102,
  NONCE_USED: 3103,
  NONCE_TOO_HIGH: 3104,
  EXPIRED: 3105,
  FEE_LIMIT_TOO_LOW: 3106,
  FEE_NOT_PAYABLE: 3107,
  TOO_HEAVY: 3108,
  TOO_LARGE: 3109,
  UNKNOWN_METHOD: 3110,
  BAD_ARGUMENTS: 3111,
  MODULE_FAULT: 3112,
  INSUFFICIENT_BALANCE: 3120,
  AMOUNT_ZERO: 3121,
  SUPPLY_OVERFLOW: 3122,
  UNKNOWN_MODULE: 3130,
  NOT_YOUR_MODULE: 3131,
  MODULE_EXISTS: 3132,
  MODULE_RETIRED: 3133,
  MODULE_HAS_LINKS: 3134,
  ALIAS_TAKEN: 3135,
  BAD_ALIAS: 3136,
  BAD_URL: 3137,
  BAD_FUNCTION_NAME: 3138,
  DUPLICATE_FUNCTION: 3139,
  MAX_LINKS_TOO_HIGH: 3140,
  TOO_MANY_CHANGES: 3141,
  SELF_LINK: 3150,
  LINK_CYCLE: 3151,
  LINK_TOO_DEEP: 3152,
  LINK_GRAPH_TOO_LARGE: 3153,
  SHARES_OVER_LIMIT: 3154,
  TOO_MANY_LINKS: 3155,
  TOO_MANY_PARENTS: 3156,
  LINK_HISTORY_FULL: 3157,
  LINK_EXISTS: 3158,
  UNKNOWN_LINK: 3159,
  LINK_DISSOLVED: 3160,
  UNKNOWN_PROPOSAL: 3161,
  PROPOSAL_EXPIRED: 3162,
  EXPIRY_OUT_OF_RANGE: 3163,
  TERMS_DIFFER: 3164,
  UNKNOWN_VALIDATOR: 3170,
  NOT_A_VALIDATOR_KEY: 3171,
  UNKNOWN_STAKE: 3172,
  INSUFFICIENT_STAKE: 3173,
  NOTHING_THAWED: 3174,
  UNKNOWN_RESERVE: 3180,
  INSUFFICIENT_RESERVE: 3181,
  SETTLEMENT_PENDING: 3182,
  UNKNOWN_CONSENSUS: 3190,
  CONSENSUS_NOT_ACTIVE: 3191,
  CONSENSUS_SWITCHING: 3192,
  BAD_CONSENSUS_NAME: 3220,
  BAD_CONSENSUS_VERSION: 3221,
  OTHER_CONSENSUS_NAME: 3222,
  CONSENSUS_DOWNGRADE: 3223,
  STATE_DOWNGRADE: 3224,
  ACTIVATION_OUT_OF_RANGE: 3225,
  UNKNOWN_CAPABILITY: 3226,
  DUPLICATE_CAPABILITY: 3227,
  MINT_CAP_WITHOUT_MINT: 3228,
  UPGRADE_WITH_PARAMS: 3229,
  TOO_MANY_CONSENSUS: 3230,
  NOTHING_INSTALLED: 3231,
  MISSING_CAPABILITY: 3233,
  OTHER_STATE_VERSION: 3234,
  NO_MIGRATION: 3235,
  ACTIVATION_FAULT: 3236,
  DRAIN_OVERDUE: 3237,
  NEEDS_PROPOSAL: 3238,
  BAD_TITLE: 3260,
  BAD_DOCUMENT: 3261,
  NO_CHANGES: 3262,
  DUPLICATE_PARAMETER: 3263,
  PARAMETER_OUT_OF_RANGE: 3264,
  NO_SUCH_PROPOSAL: 3265,
  VOTING_CLOSED: 3266,
  NO_VOTING_STAKE: 3267,
  NOT_DEV_AUTHORITY: 3200,
  CLOCK_TOO_FAR: 3201,
  BAD_SNAPSHOT_NAME: 3202,
  SNAPSHOT_EXISTS: 3203,
  SNAPSHOTS_FULL: 3204,
  UNKNOWN_SNAPSHOT: 3205,
  REVERT_PENDING: 3206,
  SNAPSHOT_CODE_CHANGED: 3207,
  DUMP_TOO_LARGE: 3280,
  DUMP_INVALID: 3281,
  DUMP_NEWER: 3282,
  DUMP_DAMAGED: 3283,
  DUMP_BROKEN: 3284,
  LOAD_INCOMPLETE: 3285,
  LOAD_PENDING: 3286,
  LOAD_CODE_DIFFERS: 3287,
  LOAD_CODE_ANNOUNCED: 3288,
  CAPABILITY: 3210,
  OVERDRAFT: 3211,
  MINT_CAP: 3212,
  BAD_OUTCOME: 3213,
  CLOSE_OVERDUE: 3214,
};

const CODEC_NUMBERS: Readonly<Record<CodecErrorCode, number>> = {
  TOO_LARGE: 3109,
  TRUNCATED: 3301,
  TRAILING_BYTES: 3302,
  WRONG_TYPE: 3303,
  NOT_CANONICAL: 3304,
  OUT_OF_RANGE: 3305,
  BAD_TEXT: 3306,
};

const ADDRESS_NUMBERS: Readonly<Record<AddressErrorCode, number>> = {
  ADDRESS_NOT_BASE58: 3320,
  ADDRESS_LENGTH: 3321,
  ADDRESS_CHECKSUM: 3322,
  ADDRESS_PREFIX: 3323,
  ADDRESS_ACCOUNT: 3324,
};

/** Of the transaction pool, which also refuses with the codes of the chain. */
const POOL_NUMBERS = {
  POOL_FULL: 3250,
  POOL_BUSY: 3251,
  SENDER_FULL: 3252,
  GAP_TOO_LARGE: 3253,
  GAP_TIMEOUT: 3254,
  NONCE_TAKEN: 3255,
  REPLACED: 3256,
} as const;

/** Of the host of plugins. */
const HOST_NUMBERS = {
  UNKNOWN_PLUGIN: 3030,
  NOT_QUARANTINED: 3031,
  NO_PLUGINS: 3032,
  QUARANTINED: 3033,
} as const;

/** Those that a request can meet; the others end the process before it answers. */
const NODE_NUMBERS: Readonly<Partial<Record<NodeErrorCode, number>>> = {
  DEV_FAILED: 3011,
};

/** Every error name that a node sends, and its number. */
export const ERROR_NUMBERS: Readonly<Record<string, number>> = {
  TRANSACTION_FAILED,
  ...Object.fromEntries(Object.entries(RPC_ERRORS).map(([name, [code]]) => [name, code])),
  ...CHAIN_NUMBERS,
  ...POOL_NUMBERS,
  ...CODEC_NUMBERS,
  ...ADDRESS_NUMBERS,
  ...NODE_NUMBERS,
  ...HOST_NUMBERS,
};

/** The error member of a response. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly name: string; readonly hint: string; readonly [field: string]: unknown };
}

/** Refused by this folder; the name gives number and hint. */
export class RpcFault extends Error {
  override readonly name = 'RpcFault';
  readonly code: RpcErrorName;
  readonly hint: string;
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(
    code: RpcErrorName,
    message: string,
    {
      hint,
      fields = {},
      cause,
    }: { hint?: string; fields?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint ?? RPC_ERRORS[code][1];
    this.fields = fields;
  }
}

/** A transaction that would fail on chain; its code is the name of the failure. */
export class FailedTransaction extends Error {
  override readonly name = 'FailedTransaction';
  readonly code: string;
  readonly hint: string;
  constructor(failure: { readonly code: string; readonly message: string }) {
    super(failure.message);
    this.code = failure.code;
    this.hint = failureJson(failure).hint;
  }
}

/** What a failed outcome says on the wire; codes of consensus modules have no hint of their own. */
export const failureJson = (failure: { readonly code: string; readonly message: string }) => ({
  name: failure.code,
  message: failure.message,
  hint: hintOf(failure.code) ?? 'The documentation of the consensus module explains this code.',
});

/** An error that is meant for people: it has a code and a hint. */
interface NamedError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const isNamed = (error: unknown): error is NamedError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  'hint' in error &&
  typeof error.hint === 'string';

/** The error object of anything that was thrown; null for what nobody foresaw, which the caller logs. */
export function errorObject(error: unknown): ErrorObject | null {
  if (error instanceof JsonError)
    return named('INVALID_PARAMS', error.message, RPC_ERRORS.INVALID_PARAMS[1], { path: error.path });
  if (error instanceof CodecError)
    return named(error.code, error.message, 'Encode it with the codec of its type.', {});
  // Of a node that was asked on behalf of somebody: passed on as it came.
  if (error instanceof RpcError) {
    const { code, message, name, hint, data } = error;
    return { code, message, data: { ...data, name, hint } };
  }
  if (isNamed(error)) return named(error.code, error.message, error.hint, error.fields ?? {});
  return null;
}

function named(
  name: string,
  message: string,
  hint: string,
  fields: Readonly<Record<string, unknown>>,
): ErrorObject {
  const code = Object.hasOwn(ERROR_NUMBERS, name) ? ERROR_NUMBERS[name] : undefined;
  return { code: code ?? TRANSACTION_FAILED, message, data: { ...plain(fields), name, hint } };
}

/** Fields of errors may be bigint, which JSON does not know. */
const plain = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );

export const INTERNAL_ERROR: ErrorObject = {
  code: RPC_ERRORS.INTERNAL_ERROR[0],
  message: 'the node failed to answer',
  data: { name: 'INTERNAL_ERROR', hint: RPC_ERRORS.INTERNAL_ERROR[1] },
};
