/**
 * Why a call was refused: a closed table of names, each with its HTTP status and what to do about it (interface page,
 * "The call between modules"). A refused or failed call costs nothing.
 */
const REFUSALS = {
  NOT_FOUND: [404, 'GET / lists the functions of this module'],
  UNKNOWN_FUNCTION: [404, 'GET / lists the functions of this module'],
  METHOD_NOT_ALLOWED: [405, 'call a function with POST /{fn}; GET / describes the module'],
  WRONG_CONTENT_TYPE: [415, 'send the params as application/json'],
  BODY_TOO_LARGE: [413, 'send fewer or smaller params; GET / tells the limit'],
  HEADERS_TOO_LARGE: [431, 'the auth blob and the other headers must fit into 16 KiB'],
  REQUEST_TIMEOUT: [408, 'send the whole request without pauses'],
  BAD_REQUEST: [400, 'send a well-formed HTTP/1.1 request'],
  BAD_JSON: [400, 'the body must be one JSON object'],
  TOO_DEEP: [400, 'nest less deeply'],
  BAD_PARAMS: [400, 'GET / shows the schema of the params; path names the first that is wrong'],
  AUTH_MISSING: [401, 'send the header module-auth: base64url(JCS(header)) "." scheme "." hex(signature)'],
  AUTH_MALFORMED: [400, 'module-auth is base64url(JCS(header)) "." scheme "." hex(signature)'],
  BAD_SIGNATURE: [
    401,
    'sign "devnet:header:2:" followed by the JCS bytes of the header with the key of `client`',
  ],
  NOT_ALLOWED: [403, 'this function is for some callers only'],
  WRONG_CHAIN: [400, 'sign for the chain that this module is on; GET / names it'],
  WRONG_SERVER: [400, 'sign for the address of this module; GET / names it'],
  WRONG_FUNCTION: [400, 'fn in the header must be the function in the path'],
  WRONG_PARAMS: [400, 'params_hash is the lower-case hex sha256 of JCS(params)'],
  STALE: [400, 'time must be within 60 s of the server; check the clock'],
  FUTURE: [400, 'time must be within 60 s of the server; check the clock'],
  WRONG_EPOCH: [409, 'ask the chain for its current epoch and sign again'],
  REPLAY: [409, 'nonces ascend strictly per client, server and epoch; sign again with a higher one'],
  MAX_USAGE_TOO_LOW: [402, 'raise max_usage to the price of the function at least'],
  PRICE_NOT_ACTIVE: [
    503,
    'the chain does not know this price in this epoch; try again after the next epoch starts',
  ],
  NOT_CLAIMABLE: [
    503,
    'the owner of the module must give the server this code, or bind the module to another consensus module',
  ],
  PAYMENT_REQUIRED: [
    402,
    'the older headers bind neither this server nor what is paid, so they are for functions that cost nothing; ' +
      'sign a version 2 header, as devnet call and createModuleClient do',
  ],
  INSUFFICIENT_RESERVE: [402, 'reserve more tokens for this server, or wait until earlier calls are settled'],
  OVERLOADED: [503, 'try again in a moment'],
  STOPPING: [503, 'the server is shutting down; try again when it is back'],
  STATE_CONFLICT: [409, 'nothing was charged and nothing was written; call again'],
  CLIENT_GONE: [499, 'nothing was charged'],
  NO_CHILDREN: [503, 'nothing was charged; no child of this module serves it now, try again in a moment'],
  FUNCTION_FAILED: [500, 'nothing was charged; the message is what the function says'],
  FUNCTION_TIMEOUT: [504, 'nothing was charged; ask for less at once'],
  BAD_RESULT: [
    500,
    'nothing was charged; the function returned something that is not JSON, is too large, or breaks its own schema',
  ],
  CHAIN_UNREACHABLE: [503, 'the server cannot reach its node; try again in a moment'],
  INTERNAL: [500, 'nothing was charged; the log of the server says more'],
} as const;

export type RefusalName = keyof typeof REFUSALS;

/** HTTP status by name. */
export const REFUSAL_STATUS = Object.fromEntries(
  Object.entries(REFUSALS).map(([name, [status]]) => [name, status]),
) as { readonly [name in RefusalName]: number };

/** Names that a function may refuse its call with, by throwing a {@link Refusal}. The others are the server's own. */
export const REFUSED_BY_FUNCTIONS: ReadonlySet<RefusalName> = new Set([
  'NO_CHILDREN',
  'BAD_PARAMS',
  'BODY_TOO_LARGE',
  'TOO_DEEP',
  'BAD_RESULT',
  'FUNCTION_FAILED',
  'FUNCTION_TIMEOUT',
] as const);

const REFUSAL = Symbol.for('devnet.module.refusal');

/** Whether an error is a {@link Refusal}, also of another copy of this code. */
export const isRefusal = (error: unknown): error is Refusal =>
  error instanceof Error && REFUSAL in error && error.name in REFUSALS;

/** A call that a module server refuses. `fields` travel along in the error body, e.g. the last nonce. */
export class Refusal extends Error {
  readonly [REFUSAL] = true;
  override readonly name: RefusalName;
  readonly status: number;
  readonly hint: string;
  readonly fields: Readonly<Record<string, string | number>>;

  constructor(
    name: RefusalName,
    message: string,
    fields: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    [this.status, this.hint] = REFUSALS[name];
    this.name = name;
    this.fields = fields;
  }
}

/** What a caller or the owner of keys did wrong, or what the other side of a call did. `code` is the word to branch on. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError';
  readonly code: ModuleErrorCode;
  readonly hint: string;
  constructor(code: ModuleErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

export type ModuleErrorCode =
  | 'BAD_TEXT'
  | 'BAD_BLOB'
  | 'NOT_JSON'
  | 'TOO_DEEP'
  | 'BAD_ENVELOPE'
  | 'WRONG_PASSWORD'
  | 'PASSWORD_NEEDED'
  | 'KEY_NAME_INVALID'
  | 'KEY_EXISTS'
  | 'KEY_MISSING'
  | 'KEY_FILE_INVALID'
  | 'KEY_FILE_VERSION'
  | 'KEY_INVALID'
  | 'DEFINITION_INVALID'
  | 'PORT_IN_USE'
  | 'DIRECTORY_IN_USE'
  | 'STORE_INVALID'
  | 'UNKNOWN_CONSENSUS'
  | 'TARGET_INVALID'
  | 'OVER_BUDGET'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'LOST'
  | 'ABORTED'
  | 'BAD_ANSWER'
  | 'NOT_OPEN'
  | 'PLAN_INVALID'
  | 'BAD_RESPONSE'
  | 'BAD_EVIDENCE'
  | 'BAD_RECEIPT';

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
